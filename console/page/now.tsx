import type { ComponentChildren } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import type { Health, HealthCheck, Stats } from '../../lib/insight/types.ts';
import { Chart } from './chart.tsx';
import { columnsOf } from './columns.ts';
import { Details } from './details.tsx';
import { count, counted, duration, measureOf, moment, NONE, ratio } from './format.ts';
import { LiveContext } from './live.ts';
import type { Theme } from './theme.ts';

/** How the cache is doing now, and did over the last 15 minutes. */
export function Now({ theme }: { readonly theme: Theme }) {
  const { samples, everyMs, stats, health, now } = useContext(LiveContext);
  const columns = useMemo(() => columnsOf(samples, everyMs), [samples, everyMs]);
  const { at } = columns;
  const common = { at, now, theme };
  return (
    <>
      <HealthPanel health={health?.value} />
      <Figures stats={stats?.value} writes={columns.writesPerSecond.at(-1)} stored={columns.storedPerSecond.at(-1)} />
      <h2 class="hidden-text">The last 15 minutes</h2>
      <div class="charts">
        <Chart
          {...common}
          title="Writes"
          unit="per second"
          format={ratio}
          lines={[
            { label: 'acknowledged', values: columns.writesPerSecond },
            { label: 'DynamoDB', values: columns.storedPerSecond },
          ]}
        />
        <Chart
          {...common}
          title="Dirty items"
          unit="items"
          format={count}
          lines={[{ label: 'dirty', values: columns.dirtyItems }]}
        />
        <Chart
          {...common}
          title="Oldest lag"
          unit="seconds"
          format={(seconds) => duration(seconds * 1000)}
          lines={[{ label: 'oldest dirty item', values: columns.oldestLagSeconds }]}
        />
        <Chart
          {...common}
          title="Queue"
          unit="messages"
          format={count}
          lines={[
            { label: 'delayed', values: columns.delayed },
            { label: 'visible', values: columns.visible },
            { label: 'in flight', values: columns.inFlight },
            { label: 'dead letters', values: columns.deadLetters },
          ]}
        />
      </div>
      {stats && <Details stats={stats.value} />}
    </>
  );
}

const DEPENDENCIES: readonly (readonly [keyof Health['checks'], string])[] = [
  ['valkey', 'Valkey'],
  ['queue', 'SQS queue'],
  ['database', 'DynamoDB'],
  ['backlog', 'Backlog'],
  ['flushing', 'Flushing'],
];

function HealthPanel({ health }: { readonly health: Health | undefined }) {
  return (
    <section class="health" aria-labelledby="health-title">
      <h2 id="health-title">
        Health <Status status={health?.status} />
      </h2>
      <dl>
        {DEPENDENCIES.map(([name, title]) => {
          const check: Partial<HealthCheck> = health?.checks[name] ?? {};
          return (
            <div key={name}>
              <dt>{title}</dt>
              <dd>
                <Status status={check.status} />
                {check.detail && <span class="detail">{check.detail}</span>}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function Status({ status }: { readonly status: HealthCheck['status'] | undefined }) {
  return <span class={`status ${status ?? 'unknown'}`}>{status ?? 'unknown'}</span>;
}

function Figures({
  stats,
  writes,
  stored,
}: {
  readonly stats: Stats | undefined;
  readonly writes: number | null | undefined;
  readonly stored: number | null | undefined;
}) {
  const total = stats && stats.writes.cache + stats.writes.queue + stats.writes.database;
  const since = stats?.since ? `since ${moment(stats.since)}` : '';
  const lag = measureOf(stats?.oldestLagMs);
  return (
    <section aria-labelledby="figures-title">
      <h2 id="figures-title" class="hidden-text">
        Figures
      </h2>
      <dl class="figures">
        <Figure title="Writes" name="writes" value={ratio(writes)} unit="/s">
          {total === undefined ? NONE : `${count(total)} ${since}`}
        </Figure>
        <Figure title="DynamoDB writes" name="stored" value={ratio(stored)} unit="/s">
          {stats ? `${counted(stats.itemsStored, 'item')} stored` : NONE}
        </Figure>
        <Figure title="Coalescing ratio" name="coalescing" value={ratio(stats?.coalescingRatio)} unit="×">
          writes per item stored
        </Figure>
        <Figure title="Oldest lag" name="lag" value={lag.figure} unit={lag.unit}>
          of the items not yet stored
        </Figure>
        <Figure title="Dirty items" name="dirty" value={stats ? count(stats.dirtyItems) : NONE} unit="items">
          <meter
            aria-label="Dirty items of the bound"
            value={stats?.dirtyItems ?? 0}
            max={stats?.maxDirtyItems ?? 1}
            high={(stats?.maxDirtyItems ?? 1) * 0.8}
          />
          of at most {stats ? count(stats.maxDirtyItems) : NONE}
        </Figure>
        <Figure
          title="Queue"
          name="queue"
          value={stats ? count(stats.queue.visible + stats.queue.delayed + stats.queue.inFlight) : NONE}
          unit="messages"
        >
          {stats &&
            `${count(stats.queue.visible)} visible · ${count(stats.queue.delayed)} delayed · ${count(stats.queue.inFlight)} in flight`}
        </Figure>
        <Figure title="Dead letters" name="letters" value={stats ? count(stats.deadLetters) : NONE} unit="messages">
          {stats?.deadLetters ? <a href="#failures">look closer</a> : 'nothing was given up'}
        </Figure>
        <Figure title="Parked items" name="parked" value={stats ? count(stats.parkedItems) : NONE} unit="items">
          refused by DynamoDB for good
        </Figure>
      </dl>
    </section>
  );
}

function Figure(props: {
  readonly title: string;
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="panel figure">
      <dt>{props.title}</dt>
      <dd>
        <span class="value" data-figure={props.name}>
          {props.value}
        </span>
        <span class="unit"> {props.unit}</span>
      </dd>
      <dd class="note">{props.children}</dd>
    </div>
  );
}
