/**
 * Random sequences of operations, flushes and deliveries against the plainest cache there is: a map. Whatever the order,
 * every answer is the map's, and once everything is drained DynamoDB holds what the map holds.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Changes, Operation, Outcome, WriteOperation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

type Value = Record<string, number>;
/** `null`: deleted. */
type Model = Map<string, Value | null>;
interface Real {
  readonly prefix: string;
  readonly instances: readonly WriteBehind[];
}

let system: System;
let instances: WriteBehind[];
let run = 0;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, shards: 2, sweepAfterSeconds: 0 } });
  instances = [system.cache, await system.another()];
});
afterAll(() => system.stop());

/** What an operation does to the map and is to be answered with. */
function expected(model: Model, operation: Operation, prefix: string): object {
  const id = operation.key.slice(prefix.length);
  const current = model.get(id) ?? null;
  switch (operation.op) {
    case 'get':
      return { kind: 'read', item: current && expect.objectContaining({ value: current }) };
    case 'put':
      model.set(id, operation.value as Value);
      return { kind: 'written', acknowledgement: { key: operation.key, durability: operation.durability } };
    case 'delete':
      model.set(id, null);
      return { kind: 'written', acknowledgement: { key: operation.key } };
    case 'patch': {
      const value = patched(current ?? {}, operation);
      if (!value) return { kind: 'failed', error: { code: 'bound' } };
      model.set(id, value);
      return { kind: 'written', acknowledgement: { value } };
    }
  }
}

function patched(current: Value, { set = {}, add = {}, max = {}, min = {}, remove = [] }: Changes): Value | undefined {
  const value = { ...current, ...(set as Value) };
  for (const [name, increment] of Object.entries(add)) {
    const { by, min: low = -Infinity } = typeof increment === 'number' ? { by: increment } : increment;
    value[name] = (value[name] ?? 0) + by;
    if (value[name] < low) return undefined;
  }
  for (const [name, n] of Object.entries(max)) value[name] = Math.max(value[name] ?? n, n);
  for (const [name, n] of Object.entries(min)) value[name] = Math.min(value[name] ?? n, n);
  for (const name of remove) delete value[name];
  return value;
}

class Apply implements fc.AsyncCommand<Model, Real> {
  readonly operations: readonly Operation[];
  readonly instance: number;

  constructor(operations: readonly Operation[], instance: number) {
    this.operations = operations;
    this.instance = instance;
  }

  check = () => true;

  async run(model: Model, { prefix, instances }: Real): Promise<void> {
    const operations = this.operations.map((operation) => ({ ...operation, key: prefix + operation.key }));
    const outcomes = await instances[this.instance]!.batch(operations);
    const wanted = operations.map((operation) => expected(model, operation, prefix));
    expect(outcomes).toMatchObject(wanted as Outcome[]);
  }

  toString = () => `instance ${this.instance}: ${JSON.stringify(this.operations)}`;
}

class Act implements fc.AsyncCommand<Model, Real> {
  readonly name: string;
  readonly act: (real: Real) => Promise<unknown>;

  constructor(name: string, act: (real: Real) => Promise<unknown>) {
    this.name = name;
    this.act = act;
  }

  check = () => true;
  run = async (_: Model, real: Real) => {
    await this.act(real);
  };
  toString = () => this.name;
}

const id = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('x', 'y', 'z');
const n = fc.integer({ min: -5, max: 5 });
const value = fc.dictionary(name, n, { noNullPrototype: true });
const durability = fc.constantFrom('cache', 'queue', 'database');

const changes = fc
  .uniqueArray(
    fc.oneof(
      fc.record({ operator: fc.constantFrom('set', 'add', 'max', 'min'), name, n }),
      fc.record({ operator: fc.constant('stock'), name, n }),
      fc.record({ operator: fc.constant('remove'), name, n }),
    ),
    { minLength: 1, maxLength: 3, selector: (change) => change.name },
  )
  .map((list): Changes => {
    const of = (operator: string) =>
      Object.fromEntries(
        list.filter((change) => change.operator === operator).map((change) => [change.name, change.n]),
      );
    const stock = Object.entries(of('stock')).map(([name, by]) => [name, { by, min: 0 }]);
    return {
      set: of('set'),
      add: { ...of('add'), ...Object.fromEntries(stock) },
      max: of('max'),
      min: of('min'),
      remove: Object.keys(of('remove')),
    };
  });

const write: fc.Arbitrary<WriteOperation> = fc.oneof(
  fc.record({ op: fc.constant('put'), key: id, value, durability }),
  fc.record({ op: fc.constant('delete'), key: id, durability }),
  fc
    .tuple(id, changes, durability)
    .map(([key, change, level]) => ({ op: 'patch', key, durability: level, ...change }) as const),
) as fc.Arbitrary<WriteOperation>;
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: write },
  fc.record({ op: fc.constant('get' as const), key: id }),
);

const instance = fc.constantFrom(0, 1);
const commands = [
  fc.tuple(operation, instance).map(([one, on]) => new Apply([one], on)),
  fc.tuple(fc.array(operation, { minLength: 2, maxLength: 6 }), instance).map(([list, on]) => new Apply(list, on)),
  fc.constant(new Act('deliver', ({ instances }) => system.deliver(instances[1]))),
  fc.constant(new Act('flush', ({ instances }) => instances[0]!.flush())),
  fc.constant(new Act('sweep', ({ instances }) => instances[1]!.sweep())),
  // A clean entry may be evicted at any time.
  fc.constant(new Act('evict', evictClean)),
];

async function evictClean({ prefix }: Real): Promise<void> {
  const entries = await system.redis.keys(`*:entry:${prefix}*`);
  for (const entry of entries) {
    const [version, persisted] = await system.redis.hmget(entry, 'version', 'persisted');
    if (version === persisted) await system.redis.del(entry);
  }
}

test('whatever is written, flushed, delivered, swept and evicted in whatever order, every answer is that of a map', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (sequence) => {
      run += 1;
      const prefix = `model/${run}-`;
      const model: Model = new Map();
      await fc.asyncModelRun(() => ({ model, real: { prefix, instances } }), sequence);

      // The messages alone: without faults no dirty item is ever left to the sweep.
      await system.deliverAll();
      expect(await system.cache.stats()).toMatchObject({ dirtyItems: 0, deadLetters: 0, failed: 0, knownLost: 0 });
      for (const [key, value] of model) {
        const stored = await system.stored(prefix + key);
        if (value === null) expect(stored).toMatchObject({ _deleted: true });
        else expect(plain(stored!)).toEqual(value);
      }
    }),
    { numRuns: 30 },
  );
}, 120_000);

function plain({ pk: _pk, _v, _at, ...value }: Record<string, unknown>): unknown {
  return value;
}
