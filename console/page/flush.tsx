import { useContext, useRef, useState } from 'preact/hooks';
import type { DrainReport } from '../../lib/insight/types.ts';
import { Button, Outcome, useAction } from './action.tsx';
import { api } from './api.ts';
import { count, counted, duration, NONE } from './format.ts';
import { LiveContext } from './live.ts';
import { usePaused } from './pause.tsx';
import { keyHash } from './route.ts';

/** What a flush did until now, over all its calls. */
interface Progress extends Omit<DrainReport, 'remaining'> {
  readonly calls: number;
  /** Dirty items when it began. */
  readonly before: number;
  readonly remaining: number | undefined;
}

/** Stores what is dirty now: call after call, until nothing remains or its person stops it. */
export function Flush() {
  const { stats } = useContext(LiveContext);
  const dirty = stats?.value.dirtyItems;
  const [progress, setProgress] = useState<Progress>();
  const [stopping, setStopping] = useState(false);
  const stop = useRef(false);

  const flush = useAction(async () => {
    stop.current = false;
    setStopping(false);
    let done = nothingYet(dirty ?? 0);
    setProgress(done);
    for (;;) {
      const report = await api.flush();
      done = added(done, report);
      setProgress(done);
      if (report.remaining === 0) return `Nothing remains: ${counted(done.flushed, 'item')} flushed.`;
      if (stop.current) return `Stopped: ${counted(report.remaining, 'dirty item remains', 'dirty items remain')}.`;
      if (report.flushed === 0) throw new Error(noneStored(report));
    }
  });
  const paused = usePaused();
  const nothing = paused ? 'Flushing is paused.' : dirty === 0 ? 'Nothing is dirty.' : undefined;
  // While a call is under way, only the statistics know how far it is.
  const remaining = flush.pending ? Math.min(dirty ?? Infinity, progress?.remaining ?? Infinity) : progress?.remaining;

  return (
    <section class="panel flush" aria-labelledby="flush-title">
      <h2 id="flush-title">Flush now</h2>
      <p class="explain">
        Stores every dirty item now, oldest first, without waiting for the window. One call takes at most 20 s; the next
        follows by itself until nothing remains. Parked items are left out. Harmless at any time.
      </p>
      <dl class="facts">
        <dt>Dirty items</dt>
        <dd>{dirty === undefined ? NONE : count(dirty)}</dd>
        <dt>Oldest lag</dt>
        <dd>{duration(stats?.value.oldestLagMs)}</dd>
      </dl>
      <div class="buttons">
        <Button
          kind="primary"
          pending={flush.pending}
          reason={flush.pending ? undefined : nothing}
          onClick={() => flush.run()}
        >
          {flush.pending ? 'Flushing…' : 'Flush now'}
        </Button>
        {flush.pending && (
          <Button
            pending={stopping}
            onClick={() => {
              stop.current = true;
              setStopping(true);
            }}
          >
            {stopping ? 'Stops after this call' : 'Stop'}
          </Button>
        )}
      </div>
      {progress && (
        <>
          <progress
            aria-label="Share of the dirty items that is flushed"
            max={Math.max(1, progress.before)}
            value={flush.pending && remaining !== undefined ? Math.max(0, progress.before - remaining) : undefined}
            hidden={!flush.pending}
          />
          <dl class="counts">
            <div>
              <dt>Flushed</dt>
              <dd data-flush="flushed">{count(progress.flushed)}</dd>
            </div>
            <div>
              <dt>Failed</dt>
              <dd data-flush="failed">{count(progress.failed)}</dd>
            </div>
            <div>
              <dt>Remaining</dt>
              <dd data-flush="remaining">
                {remaining === undefined || !Number.isFinite(remaining) ? NONE : count(remaining)}
              </dd>
            </div>
            <div>
              <dt>Database requests</dt>
              <dd>{count(progress.databaseCalls)}</dd>
            </div>
            <div>
              <dt>Calls</dt>
              <dd>{count(progress.calls)}</dd>
            </div>
          </dl>
        </>
      )}
      <Outcome result={flush.result} />
      {progress && progress.failures.length > 0 && (
        <table>
          <caption>What failed</caption>
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {progress.failures.map(({ key, reason }) => (
              <tr key={key}>
                <th scope="row">
                  <a href={keyHash(key)}>{key}</a>
                </th>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function nothingYet(before: number): Progress {
  return { flushed: 0, failed: 0, failures: [], databaseCalls: 0, calls: 0, before, remaining: undefined };
}

/** Failures are of the last call: what failed before was tried again in it. */
function added(done: Progress, report: DrainReport): Progress {
  return {
    ...report,
    flushed: done.flushed + report.flushed,
    databaseCalls: done.databaseCalls + report.databaseCalls,
    calls: done.calls + 1,
    before: Math.max(done.before, done.flushed + report.flushed + report.remaining),
  };
}

/** Calling once more would do the same again. */
function noneStored({ failed, remaining }: DrainReport): string {
  const why = failed > 0 ? `${counted(failed, 'item')} failed` : 'others are flushing them';
  return `Ended: the last call stored nothing, ${why}; ${counted(remaining, 'dirty item remains', 'dirty items remain')}.`;
}
