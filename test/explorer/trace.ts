/** When every schedule begins, µs since the epoch: 2026-01-01. */
export const START = 1_767_225_600_000_000;

const VERSION = /\b17672\d{11}\b/g;
const LONGEST = 70;

/** What happened, step by step, for people. */
export class Trace {
  readonly #steps: { readonly by: string; readonly what: string }[] = [];

  /** How many steps there are. */
  get length(): number {
    return this.#steps.length;
  }

  /** Takes a step down: who and what; `at` puts it before what followed from it. */
  add(by: string, what: string, at = this.length): void {
    this.#steps.splice(at, 0, { by, what });
  }

  toString(): string {
    const lines = this.#steps.map(({ by, what }, i) => `${String(i + 1).padStart(4)}  ${by.padEnd(13)} ${what}`);
    return readable(lines.join('\n'));
  }
}

/** A text with its versions as the time since the start, in ms. */
export function readable(text: string): string {
  return text.replace(VERSION, (version) => `v${(Number(version) - START) / 1000}`);
}

/** What a step answered, in short. */
export function answerText(answer: unknown): string {
  if (answer instanceof Error) return answer.name;
  const text = JSON.stringify(answer) ?? '';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
