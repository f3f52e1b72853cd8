import { useRef, useState } from 'preact/hooks';
import { type Action, useAction } from './action.tsx';

interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly cursor?: string | undefined;
}

/** A list that is read page by page. */
export interface Pages<Entry> extends Pick<Action<[]>, 'pending' | 'result'> {
  readonly entries: readonly Entry[];
  /** Whether a page was read. */
  readonly loaded: boolean;
  /** Whether there is another page. */
  readonly more: boolean;
  /** Reads the first page again. */
  readonly restart: () => Promise<void>;
  /** Reads the next page. */
  readonly next: () => Promise<void>;
}

/** Reads a list page by page; entries of later pages come after those that are there. */
export function usePages<Entry>(read: (cursor: string | undefined) => Promise<Page<Entry>>): Pages<Entry> {
  const [held, setHeld] = useState<Page<Entry>>();
  const latest = useRef(0);
  const { pending, result, run } = useAction(async (before: Page<Entry> | undefined) => {
    latest.current += 1;
    const mine = latest.current;
    const page = await read(before?.cursor);
    // Read again meanwhile: what came later is newer.
    if (mine !== latest.current) return undefined;
    setHeld({ ...page, entries: [...(before?.entries ?? []), ...page.entries] });
    return undefined;
  });
  return {
    pending,
    result,
    entries: held?.entries ?? [],
    loaded: held !== undefined,
    more: held?.cursor !== undefined,
    restart: () => run(undefined),
    next: () => run(held),
  };
}
