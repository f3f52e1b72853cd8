import { useState } from 'preact/hooks';
import type { DeadLetter, DeadLetterSelection } from '../../lib/dead-letters/types.ts';
import { Button } from './action.tsx';
import { Dialog } from './dialog.tsx';

/** Asks for a typed confirmation, a name and a reason before writes are given up. */
export function DiscardDialog(props: {
  readonly what: DeadLetter | 'all';
  readonly onClose: () => void;
  readonly onDiscard: (which: DeadLetterSelection, reason: { actor: string; comment: string }) => Promise<void>;
}) {
  const { what, onClose, onDiscard } = props;
  const [typed, setTyped] = useState('');
  const [actor, setActor] = useState('');
  const [comment, setComment] = useState('');
  const phrase = what === 'all' ? 'discard all' : (what.key ?? 'discard');
  const missing =
    typed !== phrase
      ? 'Type the words of the first field.'
      : actor === '' || comment === ''
        ? 'Say who and why.'
        : undefined;
  return (
    <Dialog title={what === 'all' ? 'Discard all dead letters?' : 'Discard this dead letter?'} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (missing) return;
          void onDiscard(what === 'all' ? { all: true } : { ids: [what.id] }, { actor, comment });
          onClose();
        }}
      >
        <p>
          The refused writes are given up: what they changed never reaches the database, and the parked entries leave
          the cache. This cannot be undone.
        </p>
        <label>
          <span>
            To confirm, type <code class="key">{phrase}</code>
          </span>
          <input
            name="confirmation"
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
        <div class="row">
          <label>
            Actor
            <input
              name="actor"
              maxLength={256}
              value={actor}
              placeholder="who"
              onInput={({ currentTarget }) => setActor(currentTarget.value)}
            />
          </label>
          <label class="wide">
            Comment
            <input
              name="comment"
              value={comment}
              placeholder="why"
              autocomplete="off"
              onInput={({ currentTarget }) => setComment(currentTarget.value)}
            />
          </label>
        </div>
        <div class="buttons">
          <Button type="submit" kind="danger" reason={missing}>
            Discard
          </Button>
          <Button onClick={onClose}>Keep</Button>
        </div>
      </form>
    </Dialog>
  );
}
