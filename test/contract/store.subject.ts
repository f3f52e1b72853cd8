import { afterAll, beforeAll } from 'vitest';
import type { ItemRefusedError, StoreUnavailableError } from '../../lib/errors.ts';
import type { History } from '../../lib/history/history.ts';
import type { Image } from '../../lib/model/image.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Put, Store, Stored, Stores } from '../../lib/store/store.ts';
import type { Server } from './subject.ts';

/** A time of 16 digits in µs: versions of this length must not lose a digit anywhere. */
export const NOW = 1_800_000_000_123_457;
export const TOMBSTONE_DAYS = 90;
/** Items whose collection begins so are listable. */
export const LISTABLE = 'listed';

/** A database on one server, as the product opens it, and a way to look past it. */
export interface StoreSubject extends Pick<Stores, 'keyPages' | 'places'> {
  readonly store: Store;
  readonly history: History;
  /** What this database refuses for good, besides keys that are too long: what it is called, and a value. */
  readonly refused: readonly (readonly [what: string, value: JsonObject])[];
  /** Puts an item as another program would, which knows nothing of versions. */
  seed(key: string, value: JsonObject): Promise<void>;
  /** An item with all that the database has of it; nothing if it has none. */
  whole(key: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** A state of an item, so many µs after {@link NOW}. */
export function image(later: number, value: JsonObject = {}, more: Partial<Image> = {}): Image {
  return { version: NOW + later, deleted: false, value, ...more };
}

/** A tombstone, so many µs after {@link NOW}. */
export function tombstone(later: number): Image {
  return image(later, {}, { deleted: true });
}

/** Puts one item. @throws what became of it, where that is an error */
export async function put(store: Store, key: string, image: Image, isNew = false): Promise<Stored> {
  const answer = (await putAll(store, [[key, image]], isNew)).answers.get(key);
  if (answer === undefined || answer instanceof Error) throw answer;
  return answer;
}

/** Puts items with one call; what it answers without the shapes, which are the store's own business. */
export async function putAll(store: Store, images: readonly (readonly [string, Image])[], isNew = false) {
  const puts = new Map(images.map(([key, image]): [string, Put] => [key, { image, isNew }]));
  const { answers, requests } = await store.putMany(puts);
  const plain = [...answers].map(([key, answer]) => [key, withoutShape(answer)] as const);
  return { answers: new Map(plain), requests };
}

function withoutShape(answer: Stored | ItemRefusedError | StoreUnavailableError) {
  if (answer instanceof Error) return answer;
  const { shape: _, ...stored } = answer;
  return stored;
}

let keys = 0;

/** A key that no other test uses. */
export function freshKey(collection = 'items'): string {
  keys += 1;
  return `${collection}/${keys}`;
}

/** One subject for the tests of a suite. */
export function useStore<Subject extends StoreSubject>(
  start: () => Promise<Server>,
  open: (url: string) => Promise<Subject>,
): () => Subject {
  let server: Server;
  let subject: Subject;
  beforeAll(async () => {
    server = await start();
    subject = await open(server.url);
  });
  afterAll(async () => {
    await subject?.stop();
    await server?.stop();
  });
  return () => subject;
}
