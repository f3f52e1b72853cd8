import { useEffect, useState } from 'preact/hooks';

/** Views of the page, in the order of its navigation. */
export const VIEWS = ['now', 'items', 'failures', 'flush'] as const;

/** What the address says after `#`: a view, and what it shows. */
export interface Route {
  readonly view: (typeof VIEWS)[number];
  readonly collection?: string | undefined;
  readonly id?: string | undefined;
}

/** Reads the part of an address after `#`; anything unknown is the first view. */
export function routeOf(hash: string): Route {
  const [view, ...names] = hash.replace(/^#/, '').split('/');
  const known = VIEWS.find((name) => name === view);
  if (!known) return { view: 'now' };
  try {
    const [collection, id] = names.map(decodeURIComponent);
    return { view: known, collection: collection || undefined, id: id || undefined };
  } catch {
    return { view: known };
  }
}

/** Address of an item, or of the list of a collection. */
export function itemHash(collection: string, id?: string): string {
  return `#items/${[collection, id]
    .filter((name) => name !== undefined)
    .map(encodeURIComponent)
    .join('/')}`;
}

/** Address of an item by its key. */
export function keyHash(key: string): string {
  const slash = key.indexOf('/');
  return itemHash(key.slice(0, slash), key.slice(slash + 1));
}

/** The route of the address bar. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return routeOf(hash);
}
