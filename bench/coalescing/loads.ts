import type { Operation } from '../../lib/model/operation.ts';
import { type ChooseItem, uniform, zipf } from '../load/choosers.ts';
import { seededRandom } from '../load/random.ts';
import { keyOf, operationsOf, payloadOf } from '../load/workload.ts';
import { keysOf, type TraceShape } from './trace-shapes.ts';

/** What is done to a cache, and how fast. */
export interface Load {
  readonly id: string;
  readonly name: string;
  readonly operations: number;
  /** Operations a second; as fast as they are answered if not given. */
  readonly perSecond?: number;
  /** Keys that hold an item at the start, from 0 on. @default none */
  readonly seeded?: number;
  /** Operations on the items of a collection, without end. */
  generate(collection: string): Iterator<Operation, never>;
}

/** Size and speed of a load. */
export interface LoadSize {
  readonly operations: number;
  readonly perSecond?: number;
}

const VALUE_BYTES = 200;
const SEED = 1;

/** Puts on keys that `choose` picks. */
export function putsLoad(id: string, name: string, keys: number, choose: ChooseItem, size: LoadSize): Load {
  return {
    id,
    name,
    ...size,
    *generate(collection) {
      const random = seededRandom(SEED);
      for (;;) yield put(keyOf(collection, choose(keys, random)), random);
    },
  };
}

/** Each adds 1 to one of so many counters, all equally often. */
export function incrementsLoad(counters: number, size: LoadSize): Load {
  return {
    id: 'increments',
    name: `increments of ${counters} counters`,
    ...size,
    *generate(collection) {
      const random = seededRandom(SEED);
      for (;;) yield { op: 'patch', key: keyOf(collection, uniform(counters, random)), add: { n: 1 } };
    },
  };
}

/** A workload of YCSB: half of the operations read; F reads what it updates, too. */
export function ycsbLoad(workload: 'A' | 'F', keys: number, size: LoadSize): Load {
  return {
    id: `ycsb-${workload.toLowerCase()}`,
    name: `YCSB ${workload}, Zipf 0.99, ${keys} keys`,
    ...size,
    seeded: keys,
    *generate(collection) {
      const options = { workload, collection, keys, choose: zipf(), valueBytes: VALUE_BYTES, seed: SEED };
      const operations = operationsOf(options);
      for (;;) {
        const { kind, key, payload } = operations.next().value;
        if (kind !== 'update') yield { op: 'get', key };
        if (kind !== 'read') yield { op: 'patch', key, set: { payload }, add: { updates: 1 } };
      }
    },
  };
}

/** Synthetic: nothing but the published figures of a trace is in it. */
export function traceLoad(shape: TraceShape, size: LoadSize): Load {
  const { writes, requestsPerKey, alpha } = shape;
  const keys = keysOf(shape, size.operations);
  return {
    id: `trace-${requestsPerKey}`,
    name: `synthetic: ${writes} writes, ${requestsPerKey} requests per key, Zipf ${alpha}`,
    ...size,
    *generate(collection) {
      const random = seededRandom(SEED);
      const choose = zipf(alpha);
      for (;;) {
        const key = keyOf(collection, choose(keys, random));
        yield random() < writes ? put(key, random) : { op: 'get', key };
      }
    },
  };
}

function put(key: string, random: () => number): Operation {
  return { op: 'put', key, value: { payload: payloadOf(VALUE_BYTES, random) } };
}
