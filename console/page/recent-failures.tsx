import type { RecentFailure } from '../../lib/insight/types.ts';
import { counted, moment } from './format.ts';
import { keyHash } from './route.ts';
import { Scroll } from './scroll.tsx';

/** Stores that failed lately; most were tried again since, and succeeded. */
export function RecentFailures(props: {
  readonly failures: readonly RecentFailure[] | undefined;
  /** All that were counted. */
  readonly failed: number | undefined;
}) {
  const { failures = [], failed = 0 } = props;
  return (
    <section class="panel" aria-labelledby="recent-title">
      <h2 id="recent-title">Recent failed flushes</h2>
      <p class="explain">
        {counted(failed, 'store')} failed since counting began, retries included. Failed ones are tried again by
        themselves.
      </p>
      {failures.length === 0 ? (
        <p class="empty">None lately.</p>
      ) : (
        <Scroll label="Recent failed flushes">
          <table>
            <thead>
              <tr>
                <th scope="col">Failed</th>
                <th scope="col">Item</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {failures.map(({ key, reason, at }) => (
                <tr key={`${at} ${key}`}>
                  <td class="nowrap">{moment(at)}</td>
                  <th scope="row">
                    <a href={keyHash(key)}>{key}</a>
                  </th>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
