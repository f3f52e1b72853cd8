import type { WriteOptions } from '../../client/index.ts';
import type { Durability } from '../../lib/settings.ts';

/** Who writes and why, and what the acknowledgement is to promise, as typed. */
export interface Author {
  readonly actor: string;
  readonly comment: string;
  readonly durability: Durability | '';
}

/** What of it goes along with the write. */
export function authorOf({ actor, comment, durability }: Author): WriteOptions {
  return {
    ...(actor !== '' && { actor }),
    ...(comment !== '' && { comment }),
    ...(durability !== '' && { durability }),
  };
}

/** Fields for it. */
export function AuthorFields({
  author,
  onChange,
}: {
  readonly author: Author;
  readonly onChange: (author: Author) => void;
}) {
  return (
    <div class="row">
      <label>
        Actor
        <input
          name="actor"
          maxLength={256}
          value={author.actor}
          placeholder="who"
          onInput={({ currentTarget }) => onChange({ ...author, actor: currentTarget.value })}
        />
      </label>
      <label class="wide">
        Comment
        <input
          name="comment"
          value={author.comment}
          placeholder="why"
          autocomplete="off"
          onInput={({ currentTarget }) => onChange({ ...author, comment: currentTarget.value })}
        />
      </label>
      <label>
        Durability
        <select
          name="durability"
          value={author.durability}
          onChange={({ currentTarget }) => onChange({ ...author, durability: currentTarget.value as Durability | '' })}
        >
          <option value="">as the collection’s</option>
          <option value="cache">cache</option>
          <option value="queue">queue</option>
          <option value="database">database</option>
        </select>
      </label>
    </div>
  );
}
