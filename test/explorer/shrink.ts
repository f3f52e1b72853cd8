/** Schedules that a shrinking may take. */
const MOST_TRIES = 1500;

/**
 * Makes a list of decisions that leads to a violation as short and as plain as it can: drops pieces of it, smaller and smaller ones,
 * then makes single decisions plainer, for as long as what is left still leads to one.
 */
export async function shrink(
  made: readonly number[],
  violates: (made: readonly number[]) => Promise<boolean>,
): Promise<number[]> {
  let best = [...made];
  let tries = 0;
  const attempt = async (shorter: number[]): Promise<boolean> => {
    tries += 1;
    if (!(await violates(shorter))) return false;
    best = shorter;
    return true;
  };
  for (let progress = true; progress && tries < MOST_TRIES; ) {
    progress = false;
    for (let size = Math.ceil(best.length / 2); size >= 1 && tries < MOST_TRIES; size = Math.floor(size / 2)) {
      for (let at = best.length - size; at >= 0 && tries < MOST_TRIES; at -= size) {
        progress = (await attempt([...best.slice(0, at), ...best.slice(at + size)])) || progress;
      }
    }
    for (let at = 0; at < best.length && tries < MOST_TRIES; at += 1) {
      for (const plainer of [0, Math.floor(best[at]! / 2), best[at]! - 1]) {
        if (plainer >= best[at]! || plainer < 0) continue;
        if (await attempt(best.with(at, plainer))) {
          progress = true;
          break;
        }
      }
    }
  }
  return best;
}
