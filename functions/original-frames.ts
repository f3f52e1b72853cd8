import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const POSITION = /(file:\/\/\S+?):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | null>();

/**
 * Frames of a stack with the places in the source instead of those in the bundle. Node does so by itself where it is told to, but then
 * reads the map of every bundle before it runs the first line, which each cold start pays for; here the first error does.
 */
export function originalFrames(stack: string): string {
  return stack.replace(POSITION, (position, file: string, line: string, column: string) => {
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !('originalSource' in entry)) return position;
    return `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function mapOf(file: string): SourceMap | null {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const map = readMap(file);
  maps.set(file, map);
  return map;
}

/** `null` where a file has none, or none that can be read: the place in the bundle is still a place. */
function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(file)}.map`, 'utf8')));
  } catch {
    return null;
  }
}
