import type { FlightRecord } from '../../cli/demo/flight-records.ts';

/** A record made by hand; distance and date follow from the row. */
export function flight(row: number, route: string, delay: number): FlightRecord {
  const [origin = '', destination = ''] = route.split('-');
  return { row, date: `2001-01-01T00:0${row}`, delay, distance: 100 + row, origin, destination };
}
