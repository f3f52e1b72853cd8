/**
 * Puts blocks of text between their markers, `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; what is between them goes.
 *
 * @param blocks by name
 * @throws {RangeError} a block has no place, or a place has no block: either would leave figures of another run
 */
export function fillIn(page: string, blocks: ReadonlyMap<string, string>): string {
  const missing = new Set(blocks.keys());
  const filled = page.replaceAll(/<!-- bench:([\w-]+) -->\n.*?<!-- \/bench:\1 -->/gs, (_, name: string) => {
    const block = blocks.get(name);
    if (block === undefined) throw new RangeError(`Nothing was measured for ${name}.`);
    if (!missing.delete(name)) throw new RangeError(`There are two places for ${name}.`);
    return `${opening(name)}\n\n${block}\n\n<!-- /bench:${name} -->`;
  });
  if (missing.size > 0) throw new RangeError(`There is no place for ${[...missing].join(', ')}.`);
  const alone = [...page.matchAll(/<!-- bench:([\w-]+) -->/g)].find(([, name]) => !blocks.has(name!));
  if (alone) throw new RangeError(`The place for ${alone[1]} has no end.`);
  return filled;
}

const opening = (name: string): string => `<!-- bench:${name} -->`;
