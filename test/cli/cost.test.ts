import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { billOf } from '../../cli/cost/bill.ts';
import { readFlags } from '../../cli/cost/flags.ts';
import { idleBill } from '../../cli/cost/idle.ts';
import { dollarsOf, prices } from '../../cli/cost/prices.ts';
import { resultOf } from '../../cli/cost/report.ts';
import type { Way } from '../../cli/cost/ways.ts';
import { billFor } from '../../cli/cost/writes.ts';
import { UsageError } from '../../cli/errors.ts';
import { cost } from './cost-command.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/cost-and-capacity.md', import.meta.url));
const { workload: usual } = readFlags([]);

describe('flags of the cost command', () => {
  test('everything has a default', () => {
    expect(readFlags([])).toEqual({
      workload: { batch: 1, coalescing: 10, itemBytes: 1024, windowSeconds: 5, messagesPerFlush: 5, audited: false },
      capacity: false,
      overview: undefined,
      explain: false,
      help: false,
    });
  });

  test.each([
    [['--batch', '0'], '--batch: must be a whole number from 1 to 100, not "0"'],
    [['--batch', '101'], '--batch: must be'],
    [['--batch', '2.5'], '--batch: must be'],
    [['--coalescing', '0.9'], '--coalescing: must be a number from 1 to 1,000,000, not "0.9"'],
    [['--coalescing', 'NaN'], '--coalescing: must be'],
    [['--item-bytes', '358401'], '--item-bytes: must be a whole number from 1 to 358,400'],
    [['--window-seconds', '901'], '--window-seconds: must be a whole number from 0 to 900'],
    [['--window-seconds=-1'], '--window-seconds: must be'],
    [['--messages-per-flush', '11'], '--messages-per-flush: must be a number from 1 to 10'],
    [['--batch', '100', '--item-bytes', '100000'], '--batch: 100 items of 100,000 bytes are 10,000,000 bytes'],
    [['--unknown'], '--unknown'],
    [['5'], '5'],
  ])('%j is refused by name', (args, message) => {
    expect(() => readFlags(args)).toThrow(UsageError);
    expect(() => readFlags(args)).toThrow(message);
  });

  test('a mistake says what is wrong, prints no cost and exits with 2', async () => {
    const { code, out, err } = await cost('--batch', '101');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--batch: must be a whole number from 1 to 100, not "101"');
  });

  test('--help prints the options and ends well', async () => {
    expect(await cost('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--messages-per-flush N') });
  });
});

describe('bills', () => {
  const ways = ['cache', 'queue', 'database', 'api', 'client'] as const satisfies readonly Way[];

  test('each total is the sum of its lines, and each line its quantity at its price', () => {
    for (const bill of [idleBill(), ...ways.map((way) => billFor(way, usual))]) {
      expect(bill.dollars).toBeCloseTo(
        bill.lines.reduce((sum, { dollars }) => sum + dollars, 0),
        12,
      );
      for (const { price, quantity, dollars } of bill.lines) {
        expect(dollars).toBeCloseTo((prices[price].dollars * quantity) / prices[price].per, 12);
      }
    }
    expect(billOf([]).dollars).toBe(0);
  });

  test('the text shows the same totals as the JSON', async () => {
    const args = ['--batch', '7', '--coalescing', '3.5'];
    const [{ out: text }, { out: json }] = await Promise.all([cost(...args), cost(...args, '--json')]);
    const result: ReturnType<typeof resultOf> = JSON.parse(json);
    const [idle, writes] = text.split('\n').flatMap((row) => (/^ +total/.test(row) ? [row.trim().split(/ +/)] : []));
    expect(idle).toEqual(['total', result.idleMonth.dollars.toFixed(2)]);
    expect(writes).toEqual(['total', ...ways.map((way) => result.perMillionWrites[way].dollars.toFixed(3))]);
  });

  test('an idle month by hand', () => {
    const shown = Object.fromEntries(idleBill().lines.map(({ label, dollars }) => [label, dollars.toFixed(2)]));
    expect(shown).toMatchObject({
      'Valkey: data, at least': '6.13', // 730 h × 0.1 GB × $0.084
      'SQS interface endpoint': '14.60', // 730 h × 2 × $0.01
      'Alarms, by metric': '3.60', // 36 × $0.10
      'Custom metrics': '0.90', // 3 × $0.30
      'Event source: empty polls': '0.33', // 5 polls each 20 s: 657,000 × $0.50 a million
      'Sweep: traces': '0.22', // 43,800 × $5 a million
    });
  });

  test('a million writes at queue level by hand', () => {
    const workload = {
      batch: 10,
      coalescing: 4,
      itemBytes: 2000,
      windowSeconds: 0,
      messagesPerFlush: 10,
      audited: false,
    };
    const bill = billFor('queue', workload);
    expect(Object.fromEntries(bill.lines.map(({ label, dollars }) => [label, dollars.toFixed(4)]))).toEqual({
      'API Gateway: requests': '0.3500', // 100,000 × $3.50 a million
      'Lambda: requests': '0.0400', // 100,000 of api and 100,000 of flush × $0.20 a million
      // 100,000 × 26 ms × 1 GB (16 + 9 × 1.1) and 100,000 × 29 ms × 0.5 GB (15 + 9 × 1.5)
      'Lambda: duration': '0.0540',
      // 1,000,000 × 45, 250,000 × (30 + 20), 750,000 × 15: 68,750,000 × $0.0023 a million
      'Valkey: processing units': '0.1581',
      'Valkey: data, at most': '0.0882', // 250,000 × 2000 B × 2.1 for an hour: 1.05 GB-hours × $0.084
      'SQS: send': '0.0500', // 100,000 with ten messages of 20 KB together × $0.50 a million
      'SQS: receive': '0.0500',
      'SQS: delete': '0.0500',
      'SQS: interface endpoint': '0.0255', // 100,000 × 2500 B and 1,000,000 × (250 + 48 + 2000) B: 2.548 GB × $0.01
      'DynamoDB: writes': '0.3125', // 250,000 × 2 units (2039 B) × $0.625 a million
      'DynamoDB: refused writes': '0.0031', // a hundredth of them
      Logs: '0.0845', // 100,000 × (310 + 280 + 430) B and 100,000 × (240 + 430) B: 0.169 GB × $0.50
      Traces: '0.0500', // a twentieth of 200,000 × $5 a million
    });
    expect(bill.dollars).toBeCloseTo(1.3159, 4);
  });

  test('what an audited collection adds, by hand', () => {
    const workload = { ...usual, coalescing: 4, itemBytes: 2000, messagesPerFlush: 10 };
    const added = (way: Way, more: Partial<typeof workload> = {}) => {
      const [without, audited] = [false, true].map(
        (flag) => billFor(way, { ...workload, ...more, audited: flag }).lines,
      );
      const before = new Map(without!.map(({ label, quantity }) => [label, quantity]));
      const differences = audited!.map(({ label, quantity }) => [label, quantity - (before.get(label) ?? 0)] as const);
      return Object.fromEntries(differences.filter(([, quantity]) => Math.abs(quantity) > 1e-9));
    };
    // 250,000 flushes record 4 changes of 2047 B each: 8 units. 750,000 messages come after their change was recorded,
    // and look into 8 KB of it: 2 units.
    expect(added('queue')).toEqual({
      'Lambda: duration': expect.closeTo(400, 6), // 100,000 × 8 ms × 0.5 GB
      'Valkey: processing units': 16_250_000, // 1,000,000 × 10 and 250,000 × 25
      'History: writes': 2_000_000,
      'History: looks': 1_500_000,
    });
    expect(added('cache')).toMatchObject({ 'History: writes': 2_000_000 });
    expect(added('cache')).not.toHaveProperty('History: looks');
    expect(added('database')).toMatchObject({ 'History: writes': 2_000_000 });
    // 20 changes fit into 40 KiB: of 50 there are two items with 40 units, and one with 20.
    expect(added('cache', { coalescing: 50 })).toMatchObject({ 'History: writes': 2_000_000 });
    expect(added('cache', { coalescing: 2, itemBytes: 100_000 })).toMatchObject({ 'History: writes': 98_000_000 });
    for (const way of ['api', 'client'] as const) expect(added(way)).toEqual({});
  });

  test('it says what the history keeps, where there is one', async () => {
    expect((await cost('--audited')).out).toContain(
      'The history keeps 1.07 GB of a million writes for good: $0.482 a month',
    );
    expect((await cost()).out).not.toMatch(/history/i);
  });

  test('at cache level the same writes cost less the more they coalesce, and the larger the batches', () => {
    const byCoalescing = [1, 2, 5, 10, 100, 1000].map((coalescing) => billFor('cache', { ...usual, coalescing }));
    const byBatch = [1, 2, 5, 10, 50, 100].map((batch) => billFor('cache', { ...usual, batch }));
    for (const bills of [byCoalescing, byBatch]) {
      const totals = bills.map(({ dollars }) => dollars);
      expect(new Set(totals).size).toBe(totals.length);
      expect(totals).toEqual(totals.toSorted((a, b) => b - a));
    }
  });

  test('coalescing saves DynamoDB writes at cache and queue level only', () => {
    const writesOf = (way: Way, coalescing: number) =>
      billFor(way, { ...usual, coalescing }).lines.find(({ label }) => label === 'DynamoDB: writes')!.quantity;
    for (const way of ways) {
      const ratio = writesOf(way, 1) / writesOf(way, 20);
      expect(ratio).toBe(way === 'cache' || way === 'queue' ? 20 : 1);
    }
  });

  test('a message is at least a request to send, and a large one is several', () => {
    const sendsOf = (itemBytes: number, batch: number) =>
      billFor('queue', { ...usual, itemBytes, batch }).lines.find(({ label }) => label === 'SQS: send')!.quantity;
    expect(sendsOf(1024, 1)).toBe(1_000_000);
    expect(sendsOf(1024, 100)).toBe(100_000);
    expect(sendsOf(100_000, 1)).toBe(2_000_000);
    // Three of 300 KB fit into a send of 1 MB, with 14 chunks.
    expect(sendsOf(300_000, 3)).toBeCloseTo((1_000_000 / 3) * 14, 6);
  });

  test('it says from where on a level is cheaper than the same API without a cache', () => {
    const workload = { ...usual, batch: 100 };
    const { comparedWithSameApi, perMillionWrites } = resultOf(workload);
    const without = perMillionWrites.api.dollars;
    for (const { level, difference, cheaperFrom } of comparedWithSameApi) {
      expect(difference).toBeCloseTo(perMillionWrites[level].dollars - without, 12);
      if (cheaperFrom === undefined) continue;
      expect(billFor(level, { ...workload, coalescing: cheaperFrom }).dollars).toBeLessThan(without);
      expect(billFor(level, { ...workload, coalescing: cheaperFrom - 1 }).dollars).toBeGreaterThanOrEqual(without);
    }
    expect(comparedWithSameApi.map(({ level, cheaperFrom }) => [level, cheaperFrom !== undefined])).toEqual([
      ['cache', true],
      ['queue', true],
      ['database', false],
    ]);
  });

  test('it warns of keys that are too hot for queue level', async () => {
    const hot = ['--coalescing', '1501', '--window-seconds', '5'];
    expect((await cost(...hot)).out).toContain('1,501 writes of an item within 5 s are more than the 300 a second');
    expect((await cost()).out).not.toContain('a second that SQS takes');
  });
});

describe('prices', () => {
  test('each has a page, and those without one that says so are named in the output', async () => {
    const [{ out: report }, { out: explained }] = await Promise.all([cost(), cost('--explain')]);
    for (const { page, pageDate, verified, dollars, unit } of Object.values(prices)) {
      expect(page).toMatch(/^https:\/\//);
      expect(pageDate).toMatch(verified ? /^(\d{4}(-\d\d){0,2}|undated)$/ : /^none$/);
      expect(dollars).toBeGreaterThan(0);
      expect(explained).toContain(`${unit}\n      ${verified ? pageDate : 'unverified'}, ${page}`);
      if (!verified) expect(report).toContain(`${unit} (unverified)`);
    }
  });

  test('a million of what is sold by the million costs its price', () => {
    expect(dollarsOf('apiRequest', 1_000_000)).toBe(3.5);
    expect(dollarsOf('endpointHour', 3)).toBeCloseTo(0.03, 12);
  });
});

describe('docs/cost-and-capacity.md', () => {
  const blocks = [
    ...readFileSync(DOCUMENT, 'utf8').matchAll(/^```\n\$ npx write-behind cost(?: ([^\n]*))?\n(.*?)^```$/gms),
  ];

  test('shows the bill, that of batches, that of an audited collection, the overview, the reasons and the capacity', () => {
    expect(blocks.map(([, args]) => args)).toEqual([
      undefined,
      '--batch 100',
      '--batch 100 --audited',
      '--overview',
      '--overview --batch 100',
      '--explain',
      '--capacity --rate 1000',
      '--capacity --rate 50000 --keys 1000000 --batch 100 --messages-per-flush 10',
      '--capacity --rate 1000000 --keys 10000000 --batch 100 --messages-per-flush 10',
    ]);
  });

  test.each(blocks.map(([, args = '', shown]) => ({ args, shown })))(
    'shows what the command prints with "$args"',
    async ({ args, shown }) => {
      expect((await cost(...args.split(' ').filter(Boolean))).out).toBe(shown);
    },
  );
});
