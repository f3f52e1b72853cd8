/** What is done, by the word that the architecture has for it. `batch`: a batch of messages; `flush`: one item of it; `drain`: a sweep or a flush-now. */
export type SpanName =
  | 'request'
  | 'write'
  | 'signal'
  | 'batch'
  | 'flush'
  | 'claim'
  | 'record'
  | 'store'
  | 'settle'
  | 'drain';

/** What is known of a span: keys, versions, counts and outcomes; never a value of an item. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Something that takes time, as a part of a trace. */
export interface Span {
  /** Adds what became known. */
  set(attributes: SpanAttributes): void;
  /** Says that it failed; of the error only what logs may have of it. */
  fail(error: Error): void;
}

/** A span that does not end with the work of one function. */
export interface OpenSpan extends Span {
  /** Does work as a part of it. */
  run<T>(name: SpanName, work: () => Promise<T>): Promise<T>;
  /** It is over. */
  end(): void;
}

/** Where the spans of a cache go. Nothing is asked of it where none is given, and it may never throw. */
export interface Tracing {
  /** Does work as a span: part of the one that is under way, if there is one. */
  span<T>(name: SpanName, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T>;
  /** The trace that is under way, as a trace header of X-Ray, to travel with a message. */
  header(): string | undefined;
  /**
   * Begins the flush of an item as a part of the trace that asked for it.
   *
   * @param headers what travelled with the messages of the item; the first one's trace is followed, the others are linked
   * @returns nothing where that trace is not recorded
   */
  follow(headers: readonly string[], attributes: SpanAttributes): OpenSpan | undefined;
}

/** Does work as a span where there is a {@link Tracing}, and just does it where there is none. */
export function traced<T>(
  tracing: Tracing | undefined,
  name: SpanName,
  attributes: SpanAttributes,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  return tracing ? tracing.span(name, attributes, work) : work();
}
