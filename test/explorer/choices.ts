import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Every decision of a schedule comes from here, so that a schedule is a pure function of its seed, or of the decisions that were
 * recorded. Of the alternatives the first is the plainest: what is shrunk consists of small numbers.
 */
export class Choices {
  /** The decisions so far. */
  readonly made: number[] = [];
  readonly #next: (alternatives: number) => number;

  private constructor(next: (alternatives: number) => number) {
    this.#next = next;
  }

  /** By chance. */
  static bySeed(seed: number): Choices {
    // Neighbouring seeds would begin alike.
    const random = xoroshiro128plus(Math.imul(seed + 1, 0x9e3779b1) ^ (seed >>> 7));
    return new Choices((alternatives) => uniformInt(random, 0, alternatives - 1));
  }

  /** As recorded; past the end the plainest. */
  static recorded(made: readonly number[]): Choices {
    let at = 0;
    return new Choices((alternatives) => (made[at++] ?? 0) % alternatives);
  }

  /** A number from 0 to `alternatives` - 1. */
  below(alternatives: number): number {
    const choice = alternatives <= 1 ? 0 : this.#next(alternatives);
    if (alternatives > 1) this.made.push(choice);
    return choice;
  }

  /** One of some alternatives, the plainest first. */
  oneOf<T>(alternatives: readonly T[]): T {
    return alternatives[this.below(alternatives.length)]!;
  }

  /** True once in so many times. */
  onceIn(times: number): boolean {
    return this.below(times) === times - 1;
  }
}
