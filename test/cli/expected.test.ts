import { expect, test } from 'vitest';
import { differences, expectedItems, latestDepartures } from '../../cli/demo/expected.ts';
import { flight } from './records.ts';

const records = [
  flight(0, 'LAS-PHL', 33),
  flight(1, 'ATL-SAV', -13),
  flight(2, 'LAS-PHL', -5),
  flight(3, 'LAS-PDX', 40),
  flight(4, 'LAS-PHL', 0),
];

test('the reference: sums, worst delays and the latest departure of each route', () => {
  expect(Object.fromEntries(expectedItems(records))).toEqual({
    'airports/LAS': { departures: 4, totalDelay: 68, worstDelay: 40 },
    'airports/ATL': { departures: 1, totalDelay: -13, worstDelay: -13 },
    'routes/LAS-PHL': { departures: 3, totalDelay: 28, worstDelay: 33 },
    'routes/LAS-PDX': { departures: 1, totalDelay: 40, worstDelay: 40 },
    'routes/ATL-SAV': { departures: 1, totalDelay: -13, worstDelay: -13 },
    'departures/LAS-PHL': departure(4, 'LAS', 'PHL', 0),
    'departures/LAS-PDX': departure(3, 'LAS', 'PDX', 40),
    'departures/ATL-SAV': departure(1, 'ATL', 'SAV', -13),
  });
});

test('the reference of a sample holds the latest departures only', () => {
  expect([...latestDepartures(records, 'sample').keys()]).toEqual([
    'sample/LAS-PHL',
    'sample/ATL-SAV',
    'sample/LAS-PDX',
  ]);
});

test('equal items differ in nothing, and each kind of difference is told', () => {
  const expected = expectedItems(records);
  expect(differences(expected, expectedItems(records))).toEqual([]);
  const stored = expectedItems(records);
  stored.delete('airports/ATL');
  stored.set('airports/XXX', {});
  stored.set('routes/LAS-PDX', { departures: '1', totalDelay: 40, worstDelay: 40 });
  expect(differences(expected, stored).map(({ key, kind }) => [key, kind])).toEqual([
    ['airports/ATL', 'missing'],
    ['routes/LAS-PDX', 'different'],
    ['airports/XXX', 'extra'],
  ]);
});

function departure(record: number, origin: string, destination: string, delay: number) {
  return { record, date: `2001-01-01T00:0${record}`, origin, destination, distance: 100 + record, delay };
}
