import type { Random } from './random.ts';

/**
 * Draws ranks from 1 to n, where rank k has a probability proportional to 1 / k^exponent. Exact, and as fast for a billion ranks as for
 * ten, also where n changes from draw to draw: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
 * monotone discrete distributions", 1996. (The method that YCSB uses is exact for the first two ranks only, and sums over all n first.)
 */
export class Zipf {
  readonly #exponent: number;
  /** A rank this close above its point is taken without a look at the density. */
  readonly #sureWithin: number;

  /** @param exponent more than 0; the larger, the more often the first ranks. YCSB's is 0.99 */
  constructor(exponent: number) {
    this.#exponent = exponent;
    this.#sureWithin = 2 - this.#inverseArea(this.#area(2.5) - this.#density(2));
  }

  /** @param n ranks, 1 or more */
  draw(n: number, random: Random): number {
    const least = this.#area(1.5) - 1;
    const greatest = this.#area(n + 0.5);
    for (;;) {
      const area = greatest + random() * (least - greatest);
      const point = this.#inverseArea(area);
      const rank = Math.min(n, Math.max(1, Math.round(point)));
      if (rank - point <= this.#sureWithin || area >= this.#area(rank + 0.5) - this.#density(rank)) return rank;
    }
  }

  #density(x: number): number {
    return x ** -this.#exponent;
  }

  /** Integral of the density from 1 to x. */
  #area(x: number): number {
    const log = Math.log(x);
    return log * expm1Ratio((1 - this.#exponent) * log);
  }

  #inverseArea(area: number): number {
    // Rounding may lead beyond the end of the logarithm.
    const t = Math.max(-1, area * (1 - this.#exponent));
    return Math.exp(area * log1pRatio(t));
  }
}

/** (e^x - 1) / x, also at 0: there is no exponent for which the area needs another formula. */
function expm1Ratio(x: number): number {
  return x === 0 ? 1 : Math.expm1(x) / x;
}

/** log(1 + x) / x, also at 0. */
function log1pRatio(x: number): number {
  return x === 0 ? 1 : Math.log1p(x) / x;
}
