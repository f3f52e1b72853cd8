import { expect, inject, test } from 'vitest';
import { logEvents } from '../../functions/log-events.ts';
import { useDeployment } from '../http/deployment.ts';
import { fieldsOf } from '../observability/page.ts';
import { eventually } from './eventually.ts';
import { FOLDERS, linesOf, logged } from './functions.ts';
import { freshItem } from './items.ts';

const send = useDeployment();

test('the message of a write carries the trace of its request to the flush, on the real way through the queue', async () => {
  const startedAtMs = Date.now();
  const item = freshItem();
  const headers = { 'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678;Sampled=1' };
  expect((await send('PUT', item.path, { body: { value: { n: 1 } }, headers })).status).toBe(202);
  const [id] = item.path.split('/').slice(-1);
  const ofItem = async () => (await logged('api', 'parameters', startedAtMs)).find((line) => line.id === id);
  await eventually(async () => (await ofItem())?.traceId).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  const { traceId } = (await ofItem())!;
  await eventually(async () =>
    (await logged('flush', 'flush', startedAtMs)).flatMap(({ writeTraceIds = [] }) => writeTraceIds),
  ).toContain(traceId);
});

test('each sweep publishes its metrics', async () => {
  await eventually(() => logged('sweep', 'sweep', inject('runStartedAtMs'))).toContainEqual(
    expect.objectContaining({
      Lag: expect.any(Number),
      DirtyItems: expect.any(Number),
      ParkedItems: expect.any(Number),
    }),
  );
});

test.each(FOLDERS)(
  'what the %s function logged in this run are events that docs/observability.md knows',
  async (folder) => {
    const lines = await linesOf(folder, inject('runStartedAtMs'));
    expect(lines.length).toBeGreaterThan(0);
    for (const { event, level, ...fields } of lines) {
      const known = logEvents[event as keyof typeof logEvents];
      expect({ event, level }).toEqual({ event, level: known?.level });
      expect(known.from, event).toContain(folder);
      expect(
        Object.keys(fields).filter((name) => !fieldsOf.get(event)?.has(name)),
        event,
      ).toEqual([]);
    }
  },
);
