import { expect, test } from 'vitest';
import { laneRecords } from '../../cli/demo/lanes.ts';
import { operationsOf } from '../../cli/demo/operations.ts';
import { flight } from './records.ts';

const records = Array.from({ length: 200 }, (_, row) => flight(row, `O${(row * row) % 7}-D${row % 5}`, row));

test('every record is in one lane, and every key in one lane in the order of the records', () => {
  const lanes = laneRecords(records, 3);
  expect(lanes.flat().toSorted((a, b) => a.row - b.row)).toEqual(records);
  const laneOf = new Map<string, number>();
  for (const [number, lane] of lanes.entries()) {
    expect(lane).toEqual(lane.toSorted((a, b) => a.row - b.row));
    for (const { key } of lane.flatMap((record) => operationsOf(record, 'run'))) {
      expect(laneOf.get(key) ?? number).toBe(number);
      laneOf.set(key, number);
    }
  }
});

test('a record makes three operations, and only the increments need an idempotency key', () => {
  const counted = { add: { departures: 1, totalDelay: -5 }, max: { worstDelay: -5 }, idempotencyKey: 'run:2' };
  expect(operationsOf(flight(2, 'LAS-PHL', -5), 'run')).toEqual([
    {
      op: 'put',
      key: 'departures/LAS-PHL',
      value: { record: 2, date: '2001-01-01T00:02', origin: 'LAS', destination: 'PHL', distance: 102, delay: -5 },
    },
    { op: 'patch', key: 'airports/LAS', ...counted },
    { op: 'patch', key: 'routes/LAS-PHL', ...counted },
  ]);
});
