import { useEffect, useRef } from 'preact/hooks';
import { Failures } from './failures.tsx';
import { Flush } from './flush.tsx';
import { clock, count } from './format.ts';
import { Items } from './items.tsx';
import { type Live, LiveContext, useLive } from './live.ts';
import { Now } from './now.tsx';
import { Pause } from './pause.tsx';
import { type Route, useRoute, VIEWS } from './route.ts';
import { type Theme, useTheme } from './theme.ts';

const TITLES: Record<Route['view'], string> = { now: 'Now', items: 'Items', failures: 'Failures', flush: 'Flush' };

/** The whole page. */
export function App() {
  const live = useLive();
  const route = useRoute();
  const [theme, toggleTheme] = useTheme();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${TITLES[route.view]} · write-behind console`;
    // Whoever followed a link goes on reading where it led; at the start the page begins at its top.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [route.view]);
  return (
    <LiveContext.Provider value={live}>
      <header class="top">
        <h1>
          write-behind <span>console</span>
        </h1>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a key={view} href={`#${view}`} aria-current={route.view === view ? 'page' : undefined}>
              {TITLES[view]}
              <Badge view={view} live={live} />
            </a>
          ))}
        </nav>
        <Freshness live={live} />
        <ThemeButton theme={theme} onToggle={toggleTheme} />
      </header>
      <main
        ref={main}
        tabIndex={-1}
        aria-label={TITLES[route.view]}
        class={live.away ? 'stale away' : live.problem ? 'stale' : undefined}
      >
        {route.view === 'now' && <Now theme={theme} />}
        {route.view === 'items' && <Items collection={route.collection} id={route.id} />}
        {route.view === 'failures' && <Failures />}
        {/* A flush goes on while its person looks at something else. */}
        <div hidden={route.view !== 'flush'}>
          <Flush />
          <Pause />
        </div>
      </main>
    </LiveContext.Provider>
  );
}

function Badge({ view, live }: { readonly view: Route['view']; readonly live: Live }) {
  if (view === 'flush' && live.stats?.value.flushing.paused) return <span class="badge">paused</span>;
  const letters = live.stats?.value.deadLetters ?? 0;
  if (view !== 'failures' || letters === 0) return null;
  return (
    <span class="badge">
      {count(letters)}
      <span class="hidden-text">{letters === 1 ? ' dead letter' : ' dead letters'}</span>
    </span>
  );
}

/** Whether the figures are live; screen readers hear only of the change, not of every second. */
function Freshness({ live: { problem, at } }: { readonly live: Live }) {
  const since = at ? `stale since ${clock(at)}` : 'no figures yet';
  return (
    <div class="freshness">
      <p role="status" class={problem ? 'is-stale' : 'is-live'}>
        {problem ? since : at ? 'live' : 'connecting'}
        {problem && <span class="why"> {problem} Trying again.</span>}
      </p>
      {!problem && at > 0 && <time>{clock(at)}</time>}
    </div>
  );
}

function ThemeButton({ theme, onToggle }: { readonly theme: Theme; readonly onToggle: () => void }) {
  return (
    <button
      type="button"
      class="quiet theme"
      aria-pressed={theme === 'dark'}
      aria-label="Dark theme"
      onClick={onToggle}
    >
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
        <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
      </svg>
    </button>
  );
}
