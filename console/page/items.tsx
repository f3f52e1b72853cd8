import { useEffect, useState } from 'preact/hooks';
import { Button } from './action.tsx';
import { ItemView } from './item.tsx';
import { ListView } from './list.tsx';
import { itemHash } from './route.ts';

/** Finds an item by collection and id, or lists a collection. */
export function Items({
  collection,
  id,
}: {
  readonly collection?: string | undefined;
  readonly id?: string | undefined;
}) {
  const [asked, setAsked] = useState({ collection: collection ?? '', id: id ?? '' });
  useEffect(() => {
    if (collection !== undefined) setAsked({ collection, id: id ?? '' });
  }, [collection, id]);
  // Asking for what is shown already shows it anew.
  const [asks, setAsks] = useState(0);
  const wrong = asked.collection.includes('/')
    ? 'A collection has no slash: the collection ends at the first one.'
    : undefined;
  const missing = asked.collection === '' ? 'Name a collection.' : wrong;

  return (
    <>
      <form
        class="panel find"
        aria-label="Find an item"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing) return;
          location.hash = itemHash(asked.collection, asked.id || undefined);
          setAsks(asks + 1);
        }}
      >
        <label>
          Collection
          <input
            name="collection"
            value={asked.collection}
            placeholder="flights"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setAsked({ ...asked, collection: currentTarget.value })}
            onPaste={(event) => {
              // A whole key goes to both fields.
              const key = event.clipboardData?.getData('text').trim() ?? '';
              const slash = key.indexOf('/');
              if (slash < 1) return;
              event.preventDefault();
              setAsked({ collection: key.slice(0, slash), id: key.slice(slash + 1) });
            }}
          />
        </label>
        <span class="slash" aria-hidden="true">
          /
        </span>
        <label>
          Id
          <input
            name="id"
            value={asked.id}
            placeholder="115"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setAsked({ ...asked, id: currentTarget.value })}
          />
        </label>
        <Button type="submit" kind="primary" reason={missing}>
          {asked.id === '' ? 'List collection' : 'Show item'}
        </Button>
      </form>
      {collection !== undefined && id !== undefined && (
        <ItemView key={`${asks} ${collection}/${id}`} itemKey={`${collection}/${id}`} />
      )}
      {collection !== undefined && id === undefined && (
        <ListView key={`${asks} ${collection}`} collection={collection} />
      )}
    </>
  );
}
