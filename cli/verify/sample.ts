/**
 * Draws `size` (`Infinity` for all) of so many elements as nobody counted, each with the same probability (reservoir sampling).
 *
 * @param random gives numbers from 0 up to, but not including, 1
 */
export async function sampleOf<T>(
  elements: Iterable<T> | AsyncIterable<T>,
  size: number,
  random: () => number = Math.random,
): Promise<T[]> {
  const sample: T[] = [];
  let seen = 0;
  for await (const element of elements) {
    seen += 1;
    const place = seen <= size ? seen - 1 : Math.floor(random() * seen);
    if (place < size) sample[place] = element;
  }
  return sample;
}
