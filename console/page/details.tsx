import type { Percentiles, Stats } from '../../lib/insight/types.ts';
import { count, duration, moment, NONE } from './format.ts';

/** Percentiles and counters, for whoever looks closer. */
export function Details({ stats }: { readonly stats: Stats }) {
  const since = stats.since ? `since ${moment(stats.since)}` : 'since the first write';
  return (
    <div class="details">
      <Latencies stats={stats} since={since} />
      <Counters stats={stats} since={since} />
    </div>
  );
}

interface DetailProps {
  readonly stats: Stats;
  readonly since: string;
}

function Latencies({ stats, since }: DetailProps) {
  const rows: readonly (readonly [string, Percentiles])[] = [
    ['Write, request to acknowledgement', stats.writeLatencyMs],
    ['Lag, first unstored write to stored', stats.lagMs],
    ['Flush of a batch of signals', stats.batchMs],
  ];
  return (
    <section class="panel" aria-labelledby="latency-title">
      <h2 id="latency-title">
        Latency <small>{since}</small>
      </h2>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">p50</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([title, { p50, p99 }]) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td>{duration(p50)}</td>
              <td>{duration(p99)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Counters({ stats, since }: DetailProps) {
  const { writes, reads } = stats;
  const all = reads.hits + reads.misses;
  const rows: readonly (readonly [string, string])[] = [
    ['Writes at cache / queue / database level', [writes.cache, writes.queue, writes.database].map(count).join(' / ')],
    ['Signals sent', count(stats.signals)],
    ['Reads answered from the cache', all === 0 ? NONE : `${count((reads.hits * 100) / all)} % of ${count(all)}`],
    ['Claims that found it stored already', count(stats.skipped)],
    ['Stores that met a newer version', count(stats.stale)],
    ['Stores that failed, retries included', count(stats.failed)],
    ['Writes known to be lost with Valkey', count(stats.knownLost)],
    ['Changes by other programs / conflicts', [stats.foreignChanges, stats.conflicts].map(count).join(' / ')],
  ];
  return (
    <section class="panel" aria-labelledby="counters-title">
      <h2 id="counters-title">
        Counters <small>{since}</small>
      </h2>
      <table class="numbers">
        <tbody>
          {rows.map(([title, figure]) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td>{figure}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
