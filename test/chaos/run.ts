import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../bench/load/random.ts';
import type { Injection } from './faults/injection.ts';
import { redrive } from './faults/processes.ts';
import type { Fault, Run, Sample } from './judge/record.ts';
import { Load } from './load.ts';
import type { AnyValkey, World } from './world.ts';

/**
 * How long everything may take to come to rest once all is well again: back-offs, dead letters, sweeps; and the 5 minutes by which a clock was
 * ahead that said since when an item is dirty, which the sweep waits for.
 */
const REST_MS = 90_000 + 300_000;
const SAMPLE_EVERY_MS = 500;

/** What a run is made of. */
export interface RunOptions<W> {
  readonly seconds: number;
  readonly seed: number;
  /** Each list is worked through on its own: one fault at a time of each. */
  readonly faults: readonly (readonly Injection<W>[])[];
  readonly clients: number;
  /** Mean pause of a client between two requests, ms. */
  readonly pauseMs: number;
}

/** What a run left to be judged, and what needs no judge. */
export interface RunResult {
  readonly run: Run;
  /** Faults by kind, and requests and deliveries that were hit. */
  readonly injected: ReadonlyMap<string, number>;
  /** What was not at rest when it had to be; empty if everything was. */
  readonly unrest: string;
  /** Answers that are no part of the contract, by status. */
  readonly unexpected: ReadonlyMap<number, number>;
  /** Dead letters that lacked something. */
  readonly incompleteLetters: readonly string[];
  /** Most dirty items that were seen, and the bound. */
  readonly dirtyItems: { readonly most: number; readonly bound: number };
}

interface SeenStats {
  readonly dirtyItems: number;
  readonly parkedItems: number;
  readonly maxDirtyItems: number;
  readonly deadLetters: number;
  readonly queue: { readonly visible: number; readonly delayed: number; readonly inFlight: number };
}

/** Lets clients write and read while faults are injected, waits until everything has come to rest, and looks at what is there. */
export async function runChaos<V extends AnyValkey, W extends World<V>>(
  world: W,
  options: RunOptions<W>,
): Promise<RunResult> {
  const random = seededRandom(options.seed);
  const load = new Load((r) => world.of('api')[Math.floor(r() * 2)]!.url, options.pauseMs);
  const faults: Fault[] = [];
  const samples: Sample[] = [];
  const injected = new Map<string, number>();
  const seen = { most: 0, bound: 0 };
  const incompleteLetters: string[] = [];
  let running = true;

  const watching = (async () => {
    while (running) {
      samples.push(await world.sample());
      const stats = await statsOf(world);
      if (stats) Object.assign(seen, { most: Math.max(seen.most, stats.dirtyItems), bound: stats.maxDirtyItems });
      incompleteLetters.push(...(await lettersThatLack(world)));
      await wait(SAMPLE_EVERY_MS);
    }
  })();
  const loading = load.run(options.clients, options.seed);
  const end = performance.now() + options.seconds * 1000;
  await Promise.all(
    options.faults.map(async (list) => {
      // Every kind once before any comes again.
      let left: Injection<W>[] = [];
      while (performance.now() < end) {
        if (left.length === 0) left = [...list];
        const [injection] = left.splice(Math.floor(random() * left.length), 1);
        const { kind, harm } = injection!;
        const from = performance.now();
        await injection!.inject(world, random);
        faults.push({ kind, harm, from, to: performance.now() });
        injected.set(kind, (injected.get(kind) ?? 0) + 1);
        await wait(random() * 600);
      }
    }),
  );
  for (const instance of world.instances) instance.setClock(0);
  load.stop();
  await loading;
  const unrest = await comeToRest(world);
  running = false;
  await watching;

  for (const [name, count] of hits(world)) injected.set(name, count);
  const table = await world.table();
  return {
    run: {
      writes: load.writes,
      reads: load.reads,
      faults,
      samples,
      table,
      cachedOtherwise: await cachedOtherwise(world, [...new Set(load.writes.map(({ key }) => key))]),
      reported: world.instances.flatMap(({ reported }) => reported),
      queueFailed: faults.some(({ kind }) => kind.startsWith('SQS')),
    },
    injected,
    unrest,
    unexpected: load.unexpected,
    incompleteLetters,
    dirtyItems: { most: seen.most, bound: seen.bound },
  };
}

/** Requests that were hit by a fault, and deliveries that were repeated. */
function hits(world: World<AnyValkey>): Map<string, number> {
  const all = new Map<string, number>();
  const add = (name: string, count: number) => all.set(name, (all.get(name) ?? 0) + count);
  for (const { sqs, dynamodb, redelivered } of world.instances) {
    for (const [kind, count] of sqs.injected) add(`· a request to SQS: ${kind}`, count);
    for (const [kind, count] of dynamodb.injected) add(`· a request to DynamoDB: ${kind}`, count);
    add('· a message is delivered again, late', redelivered);
  }
  return all;
}

/** Nobody helps but the functions themselves, and who redrives dead letters. Returns what is left. */
async function comeToRest(world: World<AnyValkey>): Promise<string> {
  const deadline = performance.now() + REST_MS;
  let left = 'the statistics cannot be read';
  while (performance.now() < deadline) {
    await redrive(world.of('api')[0]!.url);
    const stats = await statsOf(world);
    if (stats) {
      const { dirtyItems, parkedItems, deadLetters, queue } = stats;
      const messages = queue.visible + queue.delayed + queue.inFlight;
      if (dirtyItems + parkedItems + deadLetters + messages === 0) return '';
      left = `${dirtyItems} dirty, ${parkedItems} parked, ${messages} messages, ${deadLetters} dead letters`;
    }
    await wait(300);
  }
  return left;
}

async function statsOf(world: World<AnyValkey>): Promise<SeenStats | undefined> {
  return get<SeenStats>(`${world.of('api')[0]!.url}/stats`);
}

/** Dead letters that do not say what they are of, why and since when. */
async function lettersThatLack(world: World<AnyValkey>): Promise<string[]> {
  const page = await get<{ deadLetters: Record<string, unknown>[] }>(
    `${world.of('api')[1]!.url}/dead-letters?limit=10`,
  );
  const wanted = ['id', 'key', 'reason', 'receiveCount', 'failedAt'];
  const lacking = (page?.deadLetters ?? []).filter((letter) => !wanted.every((name) => name in letter));
  return lacking.map((letter) => JSON.stringify(letter));
}

async function cachedOtherwise(world: World<AnyValkey>, keys: readonly string[]): Promise<Map<string, number>> {
  const different = new Map<string, number>();
  for (const key of keys) {
    const seen = await get<{ consistent: boolean; cache: { version: number } | null }>(
      `${world.of('api')[0]!.url}/items/${key}/consistency`,
    );
    if (seen && !seen.consistent) different.set(key, seen.cache?.version ?? 0);
  }
  return different;
}

/** `undefined` while it cannot be had. */
async function get<T>(url: string): Promise<T | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    const body = (await response.json()) as T;
    return response.ok ? body : undefined;
  } catch {
    return undefined;
  }
}
