import { useEffect } from 'preact/hooks';
import { Button, Outcome } from './action.tsx';
import { api } from './api.ts';
import { duration, moment } from './format.ts';
import { usePages } from './pages.ts';
import { keyHash } from './route.ts';
import { Scroll } from './scroll.tsx';

/** The items of a listable collection, newest first. */
export function ListView({ collection }: { readonly collection: string }) {
  const pages = usePages(async (cursor) => {
    const { items, cursor: next } = await api.list(collection, { limit: 25, ...(cursor && { cursor }) });
    return { entries: items, cursor: next };
  });
  // Once for each collection
  useEffect(() => void pages.restart(), [collection]);
  return (
    <section class="panel" aria-labelledby="list-title">
      <div class="title-row">
        <h2 id="list-title">
          <code>{collection}</code> newest first
        </h2>
        <Button kind="quiet" pending={pages.pending} onClick={pages.restart}>
          Refresh
        </Button>
      </div>
      <Outcome result={pages.result} />
      {pages.entries.length > 0 && (
        <Scroll label={`Items of ${collection}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Item</th>
                <th scope="col">Written</th>
                <th scope="col">State</th>
                <th scope="col">Value</th>
              </tr>
            </thead>
            <tbody>
              {pages.entries.map(({ key, value, updatedAt, persisted, lagMs }) => (
                <tr key={key}>
                  <th scope="row">
                    <a href={keyHash(key)}>{key.slice(collection.length + 1)}</a>
                  </th>
                  <td class="nowrap">{moment(updatedAt)}</td>
                  <td class="nowrap">
                    {persisted ? (
                      <span class="status ok">clean</span>
                    ) : (
                      <span class="status dirty">dirty {duration(lagMs)}</span>
                    )}
                  </td>
                  <td>
                    <code class="one-line">{JSON.stringify(value)}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {pages.entries.length === 0 && pages.loaded && <p class="empty">The collection is empty.</p>}
      {pages.more && (
        <Button pending={pages.pending} onClick={pages.next}>
          Older items
        </Button>
      )}
    </section>
  );
}
