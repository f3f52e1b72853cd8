import { useEffect, useRef } from 'preact/hooks';
import type { Consistency } from '../../lib/insight/types.ts';
import type { Acknowledgement } from '../../lib/model/operation.ts';
import { duration } from './format.ts';

/** A write that was acknowledged. */
export interface Acknowledged extends Pick<Acknowledgement, 'version' | 'durability'> {
  /** When it was sent, and how long its acknowledgement took, ms; the page's clock since it was opened. */
  readonly sentAt: number;
  readonly tookMs: number;
}

/** A write's way from its acknowledgement to the database. */
export function Travel({
  written,
  item,
}: {
  readonly written: Acknowledged | undefined;
  readonly item: Consistency | undefined;
}) {
  const stored = useRef<{ version: number; afterMs: number }>(undefined);
  const isStored = written !== undefined && (item?.database?.version ?? 0) >= written.version;
  if (isStored && stored.current?.version !== written.version) {
    stored.current = { version: written.version, afterMs: performance.now() - written.sentAt };
  }
  useEffect(() => {
    if (!written) stored.current = undefined;
  }, [written]);
  return (
    <div role="status" class="travel">
      {written && (
        <ol class="panel">
          <li class="done">
            <b>Acknowledged</b>
            <span>
              at <code>{written.durability}</code> level after {duration(written.tookMs)}
            </span>
          </li>
          <li class={isStored ? 'done' : 'current'}>
            <b>{isStored ? 'Flushed' : 'Dirty'}</b>
            <span>
              {isStored ? 'claimed, stored, settled' : item?.parked ? 'parked: see Failures' : 'waits for the flush'}
            </span>
          </li>
          <li class={isStored ? 'done' : 'ahead'}>
            <b>In the database</b>
            <span>{isStored ? `after ${duration(stored.current!.afterMs)}` : 'not yet'}</span>
          </li>
        </ol>
      )}
    </div>
  );
}
