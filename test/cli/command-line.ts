import { Readable } from 'node:stream';
import { run } from '../../cli/run.ts';

/** What a command line printed, and its exit code. */
export interface Printed {
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
  /** Each line of standard output, as JSON. */
  json(): unknown[];
}

/** Besides the arguments. */
export interface Given {
  /** Standard input. @default '' */
  readonly input?: string;
  /** Ctrl-C. @default never */
  readonly interrupted?: AbortSignal;
  /** Hears of each text on standard output. @default nobody */
  readonly onOut?: (text: string) => void;
}

/** Carries out a command line in this process. */
export async function commandLine(args: readonly string[], given: Given = {}): Promise<Printed> {
  const { input = '', interrupted = new AbortController().signal, onOut } = given;
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => {
      out += text;
      onOut?.(text);
    },
    line: (text) => {
      err += `${text}\n`;
    },
    terminal: undefined,
    input: Readable.from([input]),
    interrupted,
  });
  return {
    code,
    out,
    err,
    json: () =>
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
  };
}
