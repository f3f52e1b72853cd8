import { expect, test, vi } from 'vitest';
import { type ScheduledEvent, startSchedule } from '../../local/schedule.ts';

test('a schedule calls its handler again and again, never while it runs, and survives a failure', async () => {
  let inWork = 0;
  let overlapped = false;
  const events: ScheduledEvent[] = [];
  const lines: string[] = [];
  const schedule = startSchedule({
    everySeconds: 0.02,
    log: (line) => lines.push(line),
    handler: async (event) => {
      overlapped ||= inWork > 0;
      inWork++;
      events.push(event);
      await new Promise((resolve) => setTimeout(resolve, 50));
      inWork--;
      if (events.length === 1) throw new Error('boom');
    },
  });
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(2), { timeout: 4000 });
  await schedule.stop();
  expect(inWork).toBe(0);
  expect(overlapped).toBe(false);
  expect(lines).toEqual([expect.stringContaining('boom')]);
  expect(events[0]).toMatchObject({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
  const calls = events.length;
  let others = 0;
  const another = startSchedule({
    everySeconds: 0.02,
    handler: async () => {
      others += 1;
    },
  });
  await vi.waitFor(() => expect(others).toBeGreaterThan(2), { timeout: 4000 });
  await another.stop();
  expect(events).toHaveLength(calls);
});
