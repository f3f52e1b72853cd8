import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../../client/index.ts';
import type { Consistency } from '../../lib/insight/types.ts';
import { Button } from './action.tsx';
import { api, messageOf } from './api.ts';
import { Change } from './change.tsx';
import { duration } from './format.ts';
import { History } from './history.tsx';
import { SideBySide } from './side-by-side.tsx';
import { type Acknowledged, Travel } from './travel.tsx';

/** How often a dirty item is looked at again, ms. */
const WATCH_MS = 500;

/** One item: cache and database side by side, what can be done to it, and its history. */
export function ItemView({ itemKey }: { readonly itemKey: string }) {
  const { seen, problem, look } = useWatched(itemKey);
  const [written, setWritten] = useState<Acknowledged>();
  const version = seen?.cache?.version ?? seen?.database?.version;
  return (
    <>
      <section class="panel" aria-labelledby="item-title">
        <div class="title-row">
          <h2 id="item-title">
            <code class="key">{itemKey}</code> {seen && <State item={seen} />}
          </h2>
          <Button kind="quiet" onClick={look}>
            Refresh
          </Button>
        </div>
        {problem && (
          <p class="outcome bad" role="alert">
            {problem}
          </p>
        )}
        {seen?.parked !== undefined && <p class="outcome bad">Parked: {seen.parked}</p>}
        {seen && <SideBySide item={seen} />}
      </section>
      <Travel written={written} item={seen} />
      {seen && (
        <Change
          itemKey={itemKey}
          item={seen}
          onWritten={(acknowledged) => {
            setWritten(acknowledged);
            look();
          }}
        />
      )}
      {version !== undefined && <History itemKey={itemKey} version={version} />}
    </>
  );
}

/** An item as cache and database have it; looked at again and again while it is dirty. */
function useWatched(key: string): { seen: Consistency | undefined; problem: string | undefined; look: () => void } {
  const [seen, setSeen] = useState<Consistency>();
  const [problem, setProblem] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(0);
  const look = useCallback(async () => {
    clearTimeout(timer.current);
    latest.current += 1;
    const mine = latest.current;
    try {
      const item = await api.consistency(key);
      if (mine !== latest.current) return;
      setSeen(item);
      setProblem(undefined);
      if (isDirty(item) && item.parked === undefined) timer.current = setTimeout(look, WATCH_MS);
    } catch (error) {
      if (mine !== latest.current) return;
      setProblem(messageOf(error));
      // What is wrong with the question itself stays wrong.
      const later = !(error instanceof ApiError) || error.status >= 500;
      if (later) timer.current = setTimeout(look, 4 * WATCH_MS);
    }
  }, [key]);
  useEffect(() => {
    void look();
    return () => {
      latest.current = -1;
      clearTimeout(timer.current);
    };
  }, [look]);
  return { seen, problem, look: () => void look() };
}

/** Whether the cache has a version that the database does not have yet. */
function isDirty({ cache, database }: Consistency): boolean {
  return cache !== null && cache.version > (database?.version ?? 0);
}

function State({ item }: { readonly item: Consistency }) {
  const { cache, database, parked, consistent, lagMs } = item;
  const dirty = isDirty(item) && parked === undefined;
  const [tone, text] = (() => {
    if (parked !== undefined) return ['bad', 'parked'];
    if (dirty) return ['dirty', 'dirty'];
    if (!consistent) return ['bad', 'differs: something else wrote the table, or the cache was rolled back'];
    const held = cache ?? database;
    if (!held) return ['unknown', 'no such item'];
    if (held.value === null) return ['unknown', 'deleted'];
    return cache ? ['ok', 'clean'] : ['ok', 'clean, not cached'];
  })();
  // The lag grows all the time: only the state itself is announced.
  return (
    <span class={`status ${tone}`}>
      <span role="status">{text}</span>
      {dirty && `, lag ${duration(lagMs)}`}
    </span>
  );
}
