import type { Consistency, ConsistencySide } from '../../lib/insight/types.ts';
import type { Json } from '../../lib/model/json.ts';
import { moment } from './format.ts';
import { Scroll } from './scroll.tsx';

/** An item's attributes in cache and database, one row each; those that differ are marked. */
export function SideBySide({ item: { cache, database } }: { readonly item: Pick<Consistency, 'cache' | 'database'> }) {
  const names = [...new Set([...Object.keys(cache?.value ?? {}), ...Object.keys(database?.value ?? {})])].sort();
  return (
    <Scroll label="Cache and database side by side">
      <table class="sides">
        <thead>
          <tr>
            <th scope="col">Attribute</th>
            <th scope="col">Cache</th>
            <th scope="col">Database</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <Row
              key={name}
              name={name}
              cache={jsonOf(cache, name)}
              database={jsonOf(database, name)}
              comparable={cache !== null}
            />
          ))}
          {names.length === 0 && (
            <tr>
              <th scope="row">{cache?.value === null || database?.value === null ? 'deleted' : 'no value'}</th>
              <td>{stateOf(cache)}</td>
              <td>{stateOf(database)}</td>
            </tr>
          )}
        </tbody>
        <tfoot>
          <Meta
            title="version"
            cache={cache && String(cache.version)}
            database={database && String(database.version)}
          />
          <Meta title="written" cache={timeOf(cache)} database={timeOf(database)} />
          <Meta title="actor" cache={cache?.actor} database={database?.actor} />
          <Meta title="comment" cache={cache?.comment} database={database?.comment} />
        </tfoot>
      </table>
    </Scroll>
  );
}

function Row(props: {
  readonly name: string;
  readonly cache: string | undefined;
  readonly database: string | undefined;
  /** Without a cached entry there is nothing to differ from. */
  readonly comparable: boolean;
}) {
  const differs = props.comparable && props.cache !== props.database;
  return (
    <tr class={differs ? 'differs' : undefined}>
      <th scope="row">
        <code>{props.name}</code>
        {differs && <span class="mark">differs</span>}
      </th>
      <td>
        {props.cache === undefined ? <i>{props.comparable ? 'absent' : 'not cached'}</i> : <code>{props.cache}</code>}
      </td>
      <td>{props.database === undefined ? <i>absent</i> : <code>{props.database}</code>}</td>
    </tr>
  );
}

function Meta(props: {
  readonly title: string;
  readonly cache: string | null | undefined;
  readonly database: string | null | undefined;
}) {
  return (
    <tr>
      <th scope="row">{props.title}</th>
      <td>{props.cache ?? '–'}</td>
      <td>{props.database ?? '–'}</td>
    </tr>
  );
}

function jsonOf(side: ConsistencySide | null, name: string): string | undefined {
  const { value } = side ?? {};
  return value && Object.hasOwn(value, name) ? JSON.stringify(ordered(value[name]!), null, 1) : undefined;
}

/** With the names of objects in order: DynamoDB keeps none, and another order is no difference. */
function ordered(json: Json): Json {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(ordered);
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
}

function stateOf(side: ConsistencySide | null): string {
  if (!side) return 'nothing';
  return side.value === null ? 'tombstone' : 'empty object';
}

/** Version 0: another program stored it, and nobody knows when. */
function timeOf(side: ConsistencySide | null): string | null {
  return side && side.version > 0 ? moment(side.version / 1000) : null;
}
