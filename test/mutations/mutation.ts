/** A small change of one file. */
export interface Edit {
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** One way to break a rule of the protocol, and the tests that have to notice. */
export interface Mutation {
  readonly rule: number;
  /** What is wrong then. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
  /** Files that have to notice, as a path that they begin with. @default those of the rule */
  readonly tests?: string;
}
