import { FUNCTION_FOLDERS, type FunctionFolder } from '../../infra/function-bundle.ts';
import { encodeSignal } from '../../lib/queue/signal.ts';
import { type System, startSystem } from '../../test/support/system.ts';
import { apiWithoutSdk, type Bundle, deployedBundles } from '../lambda/bundles.ts';
import { type ColdStart, coldStart } from '../lambda/cold-start.ts';
import { spreadOf } from '../report/spread.ts';
import type { Table } from '../report/table.ts';
import type { Extent, Section } from '../section.ts';
import { requestEvent } from '../ways/handler.ts';

const REPEATS = 7;
const COLD_START_MS = 200;
const MB = 1024 * 1024;

type Started = { readonly name: string; readonly bundle: Bundle; readonly starts: readonly ColdStart[] };

/** What a function weighs, and how long a new instance of it takes. */
export const lambda: Section = {
  name: 'lambda',
  title: 'Lambda',
  async run(extent) {
    const bundles = await deployedBundles();
    const system = await startSystem({ settings: { windowSeconds: 900 } });
    try {
      const started: Started[] = [];
      for (const name of FUNCTION_FOLDERS) started.push(await startOften(name, name, bundles[name], system, extent));
      if (!extent.quick) {
        const outside = await apiWithoutSdk();
        started.push(await startOften('api, with the AWS SDK of the runtime', 'api', outside, system, extent));
      }
      const [api] = started;
      const target = {
        id: 'cold-start',
        what: 'cold start of api: import and first write',
        unit: 'ms',
        wanted: { atMost: COLD_START_MS },
        measured: spreadOf(api!.starts.map(untilAnswered)).median,
        ifMissed: 'most of it is importing: clients, schemas and the connection to Valkey',
      } as const;
      return { tables: [tableOf(started)], targets: [target] };
    } finally {
      await system.stop();
    }
  },
};

async function startOften(
  name: string,
  fn: FunctionFolder,
  bundle: Bundle,
  system: System,
  { quick }: Extent,
): Promise<Started> {
  const starts: ColdStart[] = [];
  // The first finds files that were not read yet.
  const warmUps = quick ? 0 : 1;
  for (let start = 0; start < warmUps + (quick ? 1 : REPEATS); start += 1) {
    const result = await coldStart(bundle, system.config, await eventOf(fn, system, `${name}-${start}`));
    check(fn, result.answer);
    if (start >= warmUps) starts.push(result);
  }
  return { name, bundle, starts };
}

/** The first event that a function gets: a write, the signal of a dirty item, a change of the table, a tick of the schedule. */
async function eventOf(fn: FunctionFolder, system: System, id: string): Promise<object> {
  const key = `cold/${encodeURIComponent(id)}`;
  switch (fn) {
    case 'api':
      return requestEvent('PUT', `/items/${key}`, { 'Content-Type': 'application/json' }, '{"value":{"n":1}}');
    case 'flush': {
      const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
      const attributes = { ApproximateReceiveCount: '1' };
      return { Records: [{ messageId: 'm', receiptHandle: '-', body: encodeSignal({ key, version }), attributes }] };
    }
    case 'stream': {
      const eventSourceARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${system.config.endpoints.tableName}/stream/1`;
      return { Records: [{ eventSourceARN, dynamodb: { SequenceNumber: '1', NewImage: { pk: { S: key } } } }] };
    }
    case 'sweep':
    case 'switch':
      return {};
  }
}

function check(fn: FunctionFolder, answer: unknown): void {
  const { statusCode, batchItemFailures, failed, paused } = answer as Record<string, unknown>;
  const isEmpty = Array.isArray(batchItemFailures) && batchItemFailures.length === 0;
  const good = {
    api: statusCode === 202,
    flush: isEmpty,
    stream: isEmpty,
    sweep: failed === 0,
    switch: paused === null,
  };
  if (!good[fn]) throw new Error(`${fn} answered ${JSON.stringify(answer)}`);
}

const untilAnswered = ({ importMs, firstMs }: ColdStart): number => importMs + firstMs;

function tableOf(started: readonly Started[]): Table {
  return {
    id: 'lambda',
    title: `Bundles and cold starts, Node ${process.version}`,
    columns: [
      { id: 'name', title: '', unit: 'text' },
      { id: 'bytes', title: 'bundle, bytes', unit: 'bytes' },
      { id: 'gzipBytes', title: 'gzip', unit: 'bytes' },
      { id: 'total', title: 'cold start', unit: 'ms' },
      { id: 'importMs', title: 'import', unit: 'ms' },
      { id: 'firstMs', title: 'first event', unit: 'ms' },
      { id: 'cpuMs', title: 'CPU', unit: 'ms' },
      { id: 'bootMs', title: 'Node before it', unit: 'ms' },
      { id: 'rss', title: 'RSS, MB', unit: 'megabytes' },
    ],
    rows: started.map(({ name, bundle, starts }) => {
      const across = (value: (start: ColdStart) => number) => spreadOf(starts.map(value));
      return {
        name,
        bytes: bundle.bytes,
        gzipBytes: bundle.gzipBytes,
        total: across(untilAnswered),
        importMs: across(({ importMs }) => importMs),
        firstMs: across(({ firstMs }) => firstMs),
        cpuMs: across(({ cpuMs }) => cpuMs),
        bootMs: across(({ bootMs }) => bootMs),
        rss: across(({ rssBytes }) => rssBytes / MB),
      };
    }),
  };
}
