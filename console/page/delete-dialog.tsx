import { useState } from 'preact/hooks';
import type { WriteOptions } from '../../client/index.ts';
import { Button } from './action.tsx';
import { type Author, AuthorFields, authorOf } from './author.tsx';
import { Dialog } from './dialog.tsx';

/** Asks once more before an item is deleted. */
export function DeleteDialog(props: {
  readonly itemKey: string;
  readonly onClose: () => void;
  readonly onDelete: (options: WriteOptions) => Promise<void>;
}) {
  const [author, setAuthor] = useState<Author>({ actor: '', comment: '', durability: '' });
  return (
    <Dialog title="Delete this item?" onClose={props.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void props.onDelete(authorOf(author));
          props.onClose();
        }}
      >
        <p>
          <code class="key">{props.itemKey}</code>
        </p>
        <p>
          Readers get 404 at once; the database gets a tombstone with the next flush. It cannot be undone, but a put
          makes the item anew.
        </p>
        <AuthorFields author={author} onChange={setAuthor} />
        <div class="buttons">
          <Button type="submit" kind="danger">
            Delete item
          </Button>
          <Button onClick={props.onClose}>Keep it</Button>
        </div>
      </form>
    </Dialog>
  );
}
