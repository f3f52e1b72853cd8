import { describe, expect, test } from 'vitest';
import { capacityOf, type LevelCapacity } from '../../cli/cost/capacity.ts';
import { capacityText } from '../../cli/cost/capacity-text.ts';
import { explanation } from '../../cli/cost/explain.ts';
import { readFlags } from '../../cli/cost/flags.ts';
import { needsOf } from '../../cli/cost/needs.ts';
import { QUOTA_NAMES, type QuotaName, quotaOf } from '../../cli/cost/quotas.ts';
import { isLoaded, type LoadedWorkload, under } from '../../cli/cost/workload.ts';
import { cost } from './cost-command.ts';

function loaded(...args: string[]): LoadedWorkload {
  const { workload } = readFlags(args);
  if (!isLoaded(workload)) throw new Error('no --rate');
  return workload;
}

/** Fifty writes a second of each of ten keys: 10 are open, a window of 1 s gathers 51 writes of each. */
const EVEN = ['--rate', '500', '--keys', '10', '--skew', '0', '--window-seconds', '1'];

const levelOf = (levels: readonly LevelCapacity[], name: string) => levels.find(({ level }) => level === name)!;
const fullOf = ({ fillings }: LevelCapacity, name: QuotaName) => fillings.find(({ quota }) => quota === name)!.full;

describe('what a load needs', () => {
  test('at queue level by hand', () => {
    const stores = 500 / 51;
    const needs = needsOf('queue', loaded(...EVEN, '--item-bytes', '2000', '--messages-per-flush', '10'));
    const units = 500 * 45 + stores * (30 + 20) + (500 - stores) * 15;
    expect(needs).toEqual({
      apiRate: 500,
      gatewayRate: 500,
      requestBytes: 2000,
      requestMs: 16,
      instances: expect.closeTo(500 * 0.016 + 50 * 0.0285, 9),
      invocations: expect.closeTo(550, 9),
      flushes: expect.closeTo(50 * 0.0285, 9),
      queueMessages: expect.closeTo(500, 9),
      keyMessages: expect.closeTo(50, 9),
      // The window, and a second until the store.
      scanned: expect.closeTo(1000, 9),
      inFlight: expect.closeTo(14.25, 9),
      endpointBytes: expect.closeTo((500 * (2500 + 250 + 48 + 2000)) / 1e6, 9),
      valkeyUnits: expect.closeTo(units, 6),
      // A tenth of the units is the hottest key's; the rest lies on 64 and 1,024 shards.
      slotUnits: expect.closeTo(units * (0.1 + 0.9 / 64), 6),
      spreadUnits: expect.closeTo(units * (0.1 + 0.9 / 1024), 6),
      valkeyGb: expect.closeTo((10 * 2000 * 2.1) / 1e9, 9),
      // Lambda starts an instance for each ten requests a second, however short they are.
      connections: expect.closeTo(2 * 55, 9),
      newTable: expect.closeTo(stores * 2 * 1.01, 9),
      tableUnits: expect.closeTo(stores * 2 * 1.01, 9),
      partitionUnits: expect.closeTo((stores / 10) * 2, 9),
      historyUnits: 0,
      // All ten are dirty, 0.16 in a shard: 2.4 deviations more are in the fullest one.
      dirtyItems: expect.closeTo(10 / 64 + 2.4 * Math.sqrt(10 / 64), 9),
    });
  });

  test('at cache level a key is a message a window, at database level none', () => {
    const stores = 500 / 51;
    const cache = needsOf('cache', loaded(...EVEN));
    expect(cache.queueMessages).toBeCloseTo(stores, 9);
    expect(cache.keyMessages).toBeCloseTo(stores / 10, 9);
    const database = needsOf('database', loaded(...EVEN));
    for (const name of ['flushes', 'queueMessages', 'keyMessages', 'scanned', 'inFlight', 'endpointBytes'] as const) {
      expect(database[name], name).toBe(0);
    }
    expect(database.partitionUnits).toBeCloseTo(50 * 2, 9);
  });

  test('batches need fewer requests, and fewer messages of a key that they hold several times', () => {
    const needs = needsOf('queue', loaded(...EVEN, '--batch', '100'));
    expect(needs.apiRate).toBe(5);
    expect(needs.requestBytes).toBe(102_400);
    // Each of the five requests a second holds every key ten times.
    expect(needs.keyMessages).toBeCloseTo(5, 3);
  });

  test('an audited collection fills its history by the bytes of its writes', () => {
    const { historyUnits, instances } = needsOf('cache', loaded(...EVEN, '--audited'));
    // 51 changes of 1,071 bytes are in two items of the history: 40 and 14 units.
    expect(historyUnits).toBeCloseTo((40 + 14) * (50 / 51), 6);
    expect(instances).toBeGreaterThan(needsOf('cache', loaded(...EVEN)).instances);
  });

  test('grows with the rate, all of it', () => {
    const workload = loaded('--rate', '1000', '--audited');
    for (const level of ['cache', 'queue', 'database'] as const) {
      const [slow, fast] = [1000, 1010].map((rate) => needsOf(level, under(workload.load.at(rate), workload)));
      for (const name of QUOTA_NAMES) expect(fast![name], `${level} ${name}`).toBeGreaterThanOrEqual(slow![name]);
    }
  });
});

describe('capacity', () => {
  const workload = loaded('--rate', '50000', '--keys', '1000000', '--batch', '100');
  const levels = capacityOf(workload);

  test('a quota is as full as its need is of what it holds', () => {
    for (const { level, fillings } of levels) {
      const needs = needsOf(level, workload);
      expect(fillings.map(({ quota }) => quota)).toEqual(QUOTA_NAMES);
      for (const { quota, need, full } of fillings) {
        expect(need).toBe(needs[quota]);
        expect(full).toBeCloseTo(need / quotaOf(quota).holds, 12);
      }
    }
  });

  test('at the rate of the first bound its quota is full, and no other one is', () => {
    for (const { level, bounds } of levels) {
      const [first] = bounds;
      expect(first!.raised).toBe('nothing');
      const then = levelOf(capacityOf(under(workload.load.at(first!.rate), workload)), level);
      for (const { quota, full } of then.fillings) {
        if (quota === first!.quota) expect(full, quota).toBeCloseTo(1, 6);
        else expect(full, quota).toBeLessThan(1);
      }
    }
  });

  test('what is raised lets more through, until a quota that nobody raises is full', () => {
    for (const { bounds } of levels) {
      expect(bounds.map(({ rate }) => rate)).toEqual(bounds.map(({ rate }) => rate).toSorted((a, b) => a - b));
      for (const [index, { quota, raised }] of bounds.entries()) {
        const { raisedBy } = quotaOf(quota);
        if (raised === 'requests') expect(raisedBy).not.toBe('request');
        if (raised === 'settings') expect(raisedBy === 'setting' && quotaOf(quota).most === Infinity).toBe(false);
        if (index > 0) expect(quota).not.toBe(bounds[index - 1]!.quota);
      }
    }
  });

  test('settings come before what AWS has to be asked for', () => {
    const even = levelOf(capacityOf(loaded('--rate', '1000', '--skew', '0', '--keys', '1000')), 'cache');
    expect(even.bounds.map(({ raised, quota }) => [raised, quota])).toEqual([
      ['nothing', 'valkeyUnits'],
      ['settings', 'invocations'],
      ['requests', 'apiRate'],
    ]);
  });

  test('a hot key ends a serverless Valkey at its slot, and queue level at its message group', () => {
    const hot = capacityOf(loaded('--rate', '1000', '--keys', '1000', '--skew', '1.2'));
    const quotasOf = (level: string) => levelOf(hot, level).bounds.map(({ quota }) => quota);
    expect(quotasOf('cache')).toContain('spreadUnits');
    expect(quotasOf('queue').at(-1)).toBe('keyMessages');
  });

  test('keys that are all alike go as far as SQS searches, at cache level as far as there are keys', () => {
    const even = (keys: string) =>
      capacityOf(loaded('--rate', '1000', '--skew', '0', '--batch', '100', '--keys', keys));
    expect(levelOf(even('1000000'), 'cache').bounds.at(-1)!.quota).toBe('scanned');
    // 10,000 keys are never more than 12,000 messages in a window of 5 s and the second after it.
    expect(levelOf(even('10000'), 'cache').bounds.map(({ quota }) => quota)).not.toContain('scanned');
  });

  test('a shorter window leaves room in the queue, a longer one in the table', () => {
    const [short, long] = ['1', '60'].map((seconds) =>
      levelOf(capacityOf(loaded('--rate', '1000', '--window-seconds', seconds)), 'cache'),
    );
    expect(fullOf(short!, 'scanned')).toBeLessThan(fullOf(long!, 'scanned'));
    expect(fullOf(short!, 'newTable')).toBeGreaterThan(fullOf(long!, 'newTable'));
  });
});

describe('the text of the capacity', () => {
  const text = (...args: string[]) => capacityText(loaded(...args)).join('\n');

  test('names what is first at each level, and what answers it', () => {
    const shown = text('--rate', '1000');
    expect(shown).toMatch(/cache {2,}1,500\/s {2}as deployed: Valkey: units\/s \(maxProcessingUnitsPerSecond\)/);
    expect(shown).toContain('- Valkey: units/s (maxProcessingUnitsPerSecond): raise maxProcessingUnitsPerSecond');
  });

  test('answers everything that is full already', () => {
    const shown = text('--rate', '50000');
    for (const name of ['apiRate', 'gatewayRate', 'invocations', 'scanned', 'newTable'] as const) {
      expect(shown).toContain(`- ${quotaOf(name).what}: `);
    }
    expect(text('--rate', '12000')).toContain(`- ${quotaOf('gatewayRate').what}: `);
    expect(text('--rate', '9000')).not.toContain(`- ${quotaOf('gatewayRate').what}: `);
  });

  test('leaves out what the load does not touch', () => {
    expect(text('--rate', '10')).not.toContain(quotaOf('historyUnits').what);
    expect(text('--rate', '10', '--audited')).toContain(quotaOf('historyUnits').what);
  });

  test('is no wider than the rest of the report', () => {
    for (const line of text('--rate', '1000000').split('\n')) expect(line.length).toBeLessThanOrEqual(118);
  });
});

describe('the cost command with a rate', () => {
  test('says at the end of the report what a month costs and how full each quota is', async () => {
    const { out } = await cost('--rate', '10');
    expect(
      out
        .split('\n')
        .filter((line) => /^\d {2}/.test(line))
        .map((line) => line.slice(0, 7)),
    ).toEqual(['1  At i', '2  A mi', '3  Wher', '4  A mo', '5  Capa']);
    expect(out).toContain('2  A million writes: --batch 1 --rate 10 --keys 100000 --skew 0.99');
    expect((await cost()).out).not.toContain('Capacity');
  });

  test('says with --capacity only that', async () => {
    const [{ out: all }, { out }] = await Promise.all([cost('--rate', '10'), cost('--rate', '10', '--capacity')]);
    const last = '\n4  A month at 10 writes/s';
    expect(out.slice(out.indexOf(last))).toBe(all.slice(all.indexOf(last)));
    expect(out).not.toContain('2  A million writes');
    expect(await cost('--capacity')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--capacity: needs --rate'),
    });
  });

  test('has both in the JSON', async () => {
    const { month, capacity } = JSON.parse((await cost('--rate', '10', '--json')).out);
    expect(month).toHaveLength(5);
    expect(capacity).toEqual(capacityOf(loaded('--rate', '10')));
    expect(JSON.parse((await cost('--json')).out)).not.toHaveProperty('capacity');
  });
});

describe('quotas', () => {
  test('each has a page of AWS or a test, an answer, and a line in --explain', () => {
    const explained = explanation();
    for (const name of QUOTA_NAMES) {
      const { what, holds, most, answer, source } = quotaOf(name);
      expect(most).toBeGreaterThanOrEqual(holds);
      expect(answer.length).toBeGreaterThan(10);
      if (source.basis === 'documented') expect(source.page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(explained).toContain(`${holds.toLocaleString('en-US')} ${what}\n`);
    }
  });
});
