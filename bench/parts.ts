/** Treats all items by so many, so many such parts at once. */
export async function inParts<T>(
  items: readonly T[],
  each: number,
  atOnce: number,
  treat: (part: T[]) => Promise<unknown>,
): Promise<void> {
  const starts = Array.from({ length: Math.ceil(items.length / each) }, (_, index) => index * each).values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const start of starts) await treat(items.slice(start, start + each));
    }),
  );
}
