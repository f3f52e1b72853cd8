import { useEffect, useState } from 'preact/hooks';
import type { DeadLetter, DeadLetterDetail, RedriveForecast } from '../../lib/dead-letters/types.ts';
import { Button } from './action.tsx';
import { api, messageOf } from './api.ts';
import { Dialog } from './dialog.tsx';
import { counted, moment } from './format.ts';
import { SideBySide } from './side-by-side.tsx';

const FORECASTS: Record<RedriveForecast, string> = {
  stores: 'A redrive would store it: the database has nothing newer. Do it once the reason is gone.',
  nothing: 'A redrive would change nothing: the database has this version or a newer one.',
  lost: 'A redrive would find nothing to store: neither the message nor the cache has the value.',
  refused: 'It cannot be redriven: the message is no signal.',
};

/** One dead letter, its item as it is now, and what a redrive would lead to. */
export function DeadLetterDialog(props: {
  readonly letter: DeadLetter;
  readonly onClose: () => void;
  readonly onRedrive: () => void;
}) {
  const { id } = props.letter;
  const [detail, setDetail] = useState<DeadLetterDetail | null>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const leaving = new AbortController();
    api.deadLetters.show(id, { signal: leaving.signal }).then(setDetail, (error) => {
      if (!leaving.signal.aborted) setProblem(messageOf(error));
    });
    return () => leaving.abort();
  }, [id]);
  return (
    <Dialog title="Dead letter" onClose={props.onClose}>
      <div role="status">
        {problem && <p class="outcome bad">{problem}</p>}
        {detail === undefined && !problem && <p class="empty">Looking…</p>}
        {detail === null && <p class="outcome bad">It is not there any more, or somebody else looks at it now.</p>}
        {detail && <p class="forecast">{FORECASTS[detail.redrive]}</p>}
      </div>
      {detail && <Detail detail={detail} />}
      <div class="buttons">
        {detail && (
          <Button
            kind="primary"
            reason={detail.redrive === 'refused' ? 'The message is no signal, or of the future.' : undefined}
            onClick={props.onRedrive}
          >
            Redrive
          </Button>
        )}
        <Button onClick={props.onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function Detail({
  detail: { key, reason, receiveCount, failedAt, signal, text, item },
}: {
  readonly detail: DeadLetterDetail;
}) {
  return (
    <>
      <dl class="facts">
        <dt>Item</dt>
        <dd>{key ?? 'none'}</dd>
        <dt>Reason</dt>
        <dd>{reason}</dd>
        <dt>Failed</dt>
        <dd>
          {moment(failedAt)}, received {counted(receiveCount, 'time')}
        </dd>
        {signal && (
          <>
            <dt>Version</dt>
            <dd>{signal.version}</dd>
            <dt>Written by</dt>
            <dd>{signal.actor ?? '–'}</dd>
            <dt>Comment</dt>
            <dd>{signal.comment ?? '–'}</dd>
          </>
        )}
      </dl>
      {signal && (
        <>
          <h3>The state that it carries</h3>
          <pre>
            {signal.value === undefined
              ? 'none'
              : signal.value === null
                ? 'deleted'
                : JSON.stringify(signal.value, null, 2)}
          </pre>
        </>
      )}
      {text !== undefined && (
        <>
          <h3>Text of the message</h3>
          <pre>{text}</pre>
        </>
      )}
      {item && (
        <>
          <h3>The item as it is now</h3>
          <SideBySide item={item} />
        </>
      )}
    </>
  );
}
