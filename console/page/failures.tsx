import { useContext, useEffect, useState } from 'preact/hooks';
import type { DeadLetter, DeadLetterOutcome } from '../../lib/dead-letters/types.ts';
import { Button, Outcome, useAction } from './action.tsx';
import { api } from './api.ts';
import { DeadLetterDialog } from './dead-letter.tsx';
import { DiscardDialog } from './discard.tsx';
import { counted, moment } from './format.ts';
import { LiveContext } from './live.ts';
import { usePages } from './pages.ts';
import { RecentFailures } from './recent-failures.tsx';
import { keyHash } from './route.ts';
import { Scroll } from './scroll.tsx';

/** What was given up, what can be done about it, and what failed lately. */
export function Failures() {
  const { stats } = useContext(LiveContext);
  const waiting = stats?.value.deadLetters ?? 0;
  const [open, setOpen] = useState<DeadLetter>();
  const [discarding, setDiscarding] = useState<DeadLetter | 'all'>();
  const pages = usePages<DeadLetter>(async (cursor) => {
    const { deadLetters, cursor: next } = await api.deadLetters.list({ limit: 25, ...(cursor && { cursor }) });
    return { entries: deadLetters, cursor: next };
  });
  // At the start, and whenever their number changed
  useEffect(() => void pages.restart(), [waiting]);

  const act = useAction(async (done: string, call: () => Promise<DeadLetterOutcome>) => {
    const said = sayOutcome(done, await call());
    await pages.restart();
    return said;
  });
  const redrive = (letter: DeadLetter | 'all') =>
    act.run('redriven', () => api.deadLetters.redrive(letter === 'all' ? { all: true } : { ids: [letter.id] }));
  const none = pages.entries.length === 0 ? 'There are none.' : undefined;

  return (
    <>
      <section class="panel" aria-labelledby="letters-title">
        <div class="title-row">
          <h2 id="letters-title">Dead letters</h2>
          <Button kind="quiet" pending={pages.pending} onClick={pages.restart}>
            Refresh
          </Button>
        </div>
        <p class="explain">
          Writes that DynamoDB refused for good, or messages that nobody could read. They wait for a person.
        </p>
        <Outcome result={act.result ?? pages.result} />
        {pages.entries.length > 0 && (
          <Scroll label="Dead letters">
            <table class="letters">
              <thead>
                <tr>
                  <th scope="col">Item</th>
                  <th scope="col">Reason</th>
                  <th scope="col" class="number">
                    Receives
                  </th>
                  <th scope="col">Failed</th>
                  <th scope="col">
                    <span class="hidden-text">What can be done</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {pages.entries.map((letter) => (
                  <tr key={letter.id}>
                    <th scope="row">
                      {letter.key ? <a href={keyHash(letter.key)}>{letter.key}</a> : <i>no signal</i>}
                    </th>
                    <td>{letter.reason}</td>
                    <td class="number" data-label="Receives">
                      {letter.receiveCount}
                    </td>
                    <td class="nowrap" data-label="Failed">
                      {moment(letter.failedAt)}
                    </td>
                    <td>
                      <div class="buttons">
                        <Button label={`Look closer at ${nameOf(letter)}`} onClick={() => setOpen(letter)}>
                          Look closer
                        </Button>
                        <Button
                          label={`Redrive ${nameOf(letter)}`}
                          pending={act.pending}
                          reason={letter.key === undefined ? 'No signal: it can only be discarded.' : undefined}
                          onClick={() => redrive(letter)}
                        >
                          Redrive
                        </Button>
                        <Button
                          kind="danger"
                          label={`Discard ${nameOf(letter)}`}
                          pending={act.pending}
                          onClick={() => setDiscarding(letter)}
                        >
                          Discard…
                        </Button>
                      </div>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
        {none && pages.loaded && <p class="empty">No dead letters.</p>}
        <div class="buttons">
          {pages.more && (
            <Button pending={pages.pending} onClick={pages.next}>
              More dead letters
            </Button>
          )}
          <Button kind="primary" reason={none} pending={act.pending} onClick={() => redrive('all')}>
            Redrive all
          </Button>
          <Button kind="danger" reason={none} pending={act.pending} onClick={() => setDiscarding('all')}>
            Discard all…
          </Button>
        </div>
      </section>
      <RecentFailures failures={stats?.value.recentFailures} failed={stats?.value.failed} />
      {open && (
        <DeadLetterDialog
          letter={open}
          onClose={() => setOpen(undefined)}
          onRedrive={() => {
            setOpen(undefined);
            void redrive(open);
          }}
        />
      )}
      {discarding && (
        <DiscardDialog
          what={discarding}
          onClose={() => setDiscarding(undefined)}
          onDiscard={(which, reason) => act.run('discarded', () => api.deadLetters.discard(which, reason))}
        />
      )}
    </>
  );
}

/** What a person calls a dead letter by. */
export function nameOf({ key, id }: DeadLetter): string {
  return key ?? `message ${id}`;
}

function sayOutcome(what: string, { done, failed, complete }: DeadLetterOutcome): string {
  const reasons = failed.map(({ reason }) => reason);
  return [
    `${counted(done, 'dead letter')} ${what}.`,
    failed.length > 0 ? `${count(failed.length)} not: ${[...new Set(reasons)].join('; ')}.` : '',
    complete ? '' : 'Not all could be looked at: do it again.',
  ].join(' ');
}

function count(n: number): string {
  return counted(n, 'was', 'were');
}
