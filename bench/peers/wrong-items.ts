import { keyName, type Ops } from '../peer/ops-file.ts';
import type { Row } from './servers.ts';

/**
 * How many items the table does not have as they must be once everything is stored: a counter with all its increments, any other with the
 * last put of one of the lanes. Which lane was the last is not known here, so that of puts there may be more that are wrong.
 */
export function wrongItems({ header, keyOf, lanes }: Ops, rows: ReadonlyMap<string, Row>): number {
  const keys = [...new Set(keyOf)];
  if (header.kind === 'incr') {
    const counts = new Uint32Array(header.keys);
    for (const key of keyOf) counts[key]! += 1;
    return keys.filter((key) => rows.get(keyName(key))?.n !== counts[key]).length;
  }
  const lastPuts = lanes.map((ops) => new Map([...ops].map((op) => [keyOf[op]!, op])));
  return keys.filter((key) => {
    const stored = rows.get(keyName(key))?.v;
    const op = stored === undefined ? undefined : (JSON.parse(stored) as { s: number }).s;
    return op === undefined || !lastPuts.some((last) => last.get(key) === op);
  }).length;
}
