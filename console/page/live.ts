import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { KEPT_MS, type Samples } from '../samples.ts';

/** What the page knows of the server now. */
export interface Live extends Pick<Samples, 'samples' | 'everyMs' | 'stats' | 'health'> {
  /** The server's clock at the last answer, ms since the epoch. */
  readonly now: number;
  /** Why there are no newer figures; `undefined` while they are live. */
  readonly problem: string | undefined;
  /** Why nothing can be done now: the server, or the API behind it, does not answer. `undefined` if something can. */
  readonly away: string | undefined;
  /** When the figures were read that are shown, ms since the epoch; 0 while there are none. */
  readonly at: number;
}

const NOTHING: Live = {
  now: Date.now(),
  samples: [],
  everyMs: 2000,
  stats: null,
  health: null,
  problem: undefined,
  away: undefined,
  at: 0,
};
const TIMEOUT_MS = 5000;
const AWAY = 'The server does not answer.';

/** Asks the server for what is new, for as long as the page is open; tries on where it does not answer. */
export function useLive(): Live {
  const [live, setLive] = useState(NOTHING);
  useEffect(() => {
    let known = NOTHING;
    let timer: ReturnType<typeof setTimeout>;
    const poll = async (): Promise<void> => {
      try {
        known = merged(known, await fetchSamples(known.samples.at(-1)?.at ?? 0));
      } catch {
        known = { ...known, problem: AWAY, away: AWAY };
      }
      setLive(known);
      timer = setTimeout(poll, Math.min(known.everyMs, 2000));
    };
    void poll();
    return () => clearTimeout(timer);
  }, []);
  return live;
}

async function fetchSamples(after: number): Promise<Samples> {
  const response = await fetch(`/console/samples?after=${after}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.json();
}

function merged(known: Live, { samples, stats, health, problem, now, everyMs }: Samples): Live {
  const why = problem ?? (stats ? undefined : 'The server has not read the statistics yet.');
  // Health can be read whenever the API answers at all.
  const answers = health !== null && health.at > now - 3 * everyMs - TIMEOUT_MS;
  return {
    now,
    everyMs,
    samples: [...known.samples, ...samples].filter(({ at }) => at > now - KEPT_MS),
    // A server that was just started may have read nothing yet.
    stats: stats ?? known.stats,
    health: health ?? known.health,
    problem: why,
    away: answers ? undefined : why,
    at: (stats ?? known.stats)?.at ?? 0,
  };
}

/** {@link Live} for everything on the page. */
export const LiveContext = createContext<Live>(NOTHING);

/** Why nothing can be done now; `undefined` if it can. */
export function useAway(): string | undefined {
  return useContext(LiveContext).away;
}
