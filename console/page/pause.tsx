import { useContext, useState } from 'preact/hooks';
import { Button, Outcome, useAction } from './action.tsx';
import { api } from './api.ts';
import { count, moment } from './format.ts';
import { LiveContext } from './live.ts';

/** Whether flushing is paused, as the last statistics say; `undefined` while there are none. */
export function usePaused() {
  return useContext(LiveContext).stats?.value.flushing.paused;
}

/** Pauses flushing for a maintenance window, and resumes it. */
export function Pause() {
  const flushing = useContext(LiveContext).stats?.value.flushing;
  const paused = flushing?.paused;
  const drain = flushing?.drain;
  return (
    <section class="panel pause" aria-labelledby="pause-title">
      <h2 id="pause-title">{paused ? 'Flushing is paused' : 'Pause flushing'}</h2>
      {paused ? (
        <>
          <p class="explain">Writes go on, and wait. At the bound, writes to further items are refused.</p>
          <dl class="facts">
            <dt>Since</dt>
            <dd>{moment(paused.since)}</dd>
            <dt>By</dt>
            <dd>{paused.actor ?? 'nobody said'}</dd>
            <dt>Why</dt>
            <dd>{paused.reason ?? 'nobody said'}</dd>
          </dl>
          <ResumeForm />
        </>
      ) : (
        <>
          <p class="explain">
            For a maintenance window of the database: writes go on and wait, nothing is stored until somebody resumes.
          </p>
          {drain && (
            <p class="explain">
              What waits since before {moment(drain.since)} is stored at {count(drain.itemsPerSecond)} items a second.
            </p>
          )}
          <PauseForm />
        </>
      )}
    </section>
  );
}

function PauseForm() {
  const [actor, setActor] = useState('');
  const [reason, setReason] = useState('');
  const pause = useAction(async () => {
    const { held } = await api.pause({ ...(actor !== '' && { actor }), ...(reason !== '' && { reason }) });
    return held ? 'Paused.' : 'Paused; what was handed out already is still flushed.';
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!pause.pending) void pause.run();
      }}
    >
      <div class="row">
        <label>
          Actor
          <input
            name="pause-actor"
            maxLength={100}
            value={actor}
            placeholder="who"
            onInput={({ currentTarget }) => setActor(currentTarget.value)}
          />
        </label>
        <label class="wide">
          Reason
          <input
            name="pause-reason"
            maxLength={200}
            value={reason}
            placeholder="why"
            autocomplete="off"
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
      </div>
      <div class="buttons">
        <Button type="submit" kind="danger" pending={pause.pending}>
          Pause flushing
        </Button>
      </div>
      <Outcome result={pause.result} />
    </form>
  );
}

function ResumeForm() {
  const [rate, setRate] = useState('');
  const resume = useAction(async () => {
    await api.resume(rate === '' ? {} : { itemsPerSecond: Number(rate) });
    return 'Resumed.';
  });
  const wrong = rate === '' || Number(rate) >= 1 ? undefined : 'The rate is a number of at least 1.';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong && !resume.pending) void resume.run();
      }}
    >
      <div class="row">
        <label>
          Items a second
          <input
            name="rate"
            inputMode="numeric"
            value={rate}
            placeholder="no limit"
            autocomplete="off"
            onInput={({ currentTarget }) => setRate(currentTarget.value)}
          />
        </label>
      </div>
      <div class="buttons">
        <Button type="submit" kind="primary" pending={resume.pending} reason={wrong}>
          Resume
        </Button>
      </div>
      <Outcome result={resume.result} />
    </form>
  );
}
