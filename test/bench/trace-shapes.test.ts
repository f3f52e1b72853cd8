import { expect, test } from 'vitest';
import { traceLoad } from '../../bench/coalescing/loads.ts';
import { keysOf, traceShapes } from '../../bench/coalescing/trace-shapes.ts';

const REQUESTS = 30_000;

test.each(traceShapes)('$requestsPerKey requests per key: the load has the shape that it is named after', (shape) => {
  const operations = traceLoad(shape, { operations: REQUESTS }).generate('trace');
  const counts = new Map<string, number>();
  let writes = 0;
  for (let request = 0; request < REQUESTS; request += 1) {
    const { op, key } = operations.next().value;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (op !== 'get') writes += 1;
  }
  expect(writes / REQUESTS).toBeCloseTo(shape.writes, 1.5);
  const perKey = REQUESTS / counts.size;
  expect(Math.abs(perKey / shape.requestsPerKey - 1)).toBeLessThan(0.1);
  // How often the two most popular keys come: rank 2 should come 2^alpha times less often.
  const [first, second] = [...counts.values()].sort((a, b) => b - a);
  if (shape.alpha > 0.5) expect(Math.abs(Math.log2(first! / second!) - shape.alpha)).toBeLessThan(0.25);
});

test('there are more keys than are met, unless all of them are', () => {
  expect(keysOf({ requestsPerKey: 1000, alpha: 0.99 }, 10_000)).toBe(10);
  expect(keysOf({ requestsPerKey: 1.3, alpha: 0.3 }, 13_000)).toBeGreaterThan(10_000);
  expect(keysOf({ requestsPerKey: 1000, alpha: 1 }, 1)).toBe(1);
});
