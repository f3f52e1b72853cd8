import { useEffect } from 'preact/hooks';
import { ApiError } from '../../client/index.ts';
import type { HistoryEntry } from '../../lib/history/history-reader.ts';
import { Button, Outcome } from './action.tsx';
import { api } from './api.ts';
import { moment } from './format.ts';
import { usePages } from './pages.ts';
import { Scroll } from './scroll.tsx';

const PAGE = 10;

/** What {@link api} answers for a collection that keeps no history. */
const NOT_AUDITED = 'not-audited';

/** Who changed an item, what, when and why, newest first; read again when the item has another `version`. */
export function History({ itemKey, version }: { readonly itemKey: string; readonly version: number }) {
  const pages = usePages<HistoryEntry | typeof NOT_AUDITED>(async (cursor) => {
    try {
      const { history, cursor: next } = await api.history(itemKey, { limit: PAGE, ...(cursor && { cursor }) });
      return { entries: history, cursor: next };
    } catch (error) {
      if (error instanceof ApiError && error.code === NOT_AUDITED) return { entries: [NOT_AUDITED] };
      throw error;
    }
  });
  // Once for each version
  useEffect(() => {
    if (pages.entries[0] !== NOT_AUDITED) void pages.restart();
  }, [itemKey, version]);
  const entries = pages.entries.filter((entry) => entry !== NOT_AUDITED);
  const audited = pages.entries[0] !== NOT_AUDITED;
  return (
    <section class="panel" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <Outcome result={pages.result} />
      {!audited && <p class="empty">This collection is not audited: only the newest state is kept.</p>}
      {audited && pages.loaded && entries.length === 0 && <p class="empty">No change is recorded.</p>}
      {entries.length > 0 && (
        <Scroll label="History">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Change</th>
                <th scope="col">Who</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.version}>
                  <th scope="row" class="nowrap">
                    {moment(entry.at)}
                  </th>
                  <td>
                    <b>{entry.op}</b> {entry.set && <code>{JSON.stringify(entry.set)}</code>}
                    {entry.removed && (
                      <>
                        {' '}
                        removed <code>{entry.removed.join(', ')}</code>
                      </>
                    )}
                  </td>
                  <td>
                    {entry.actor ?? '–'}
                    {entry.caller && <small class="detail">{entry.caller}</small>}
                  </td>
                  <td>{entry.comment ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {pages.more && (
        <Button pending={pages.pending} onClick={pages.next}>
          Older changes
        </Button>
      )}
    </section>
  );
}
