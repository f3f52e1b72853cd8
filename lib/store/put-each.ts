import type { ItemRefusedError, StoreUnavailableError } from '../errors.ts';
import type { Image } from '../model/image.ts';
import type { Inserted } from './insert-batch.ts';
import type { Put, PutAnswers, Stored } from './store.ts';

/** What can insert in batches, and put one by one. */
interface Target {
  insert(images: ReadonlyMap<string, Image>): Promise<Inserted>;
  put(key: string, image: Image): Promise<Stored>;
}

/** Stores new items in batches; what a batch cannot decide, and everything else, is a conditional put. */
export async function putEach(target: Target, puts: ReadonlyMap<string, Put>): Promise<PutAnswers> {
  const fresh = [...puts].flatMap(([key, { image, isNew }]) => (isNew ? [[key, image] as const] : []));
  const inserting = target.insert(new Map(fresh));
  let alone = 0;
  const answers = await Promise.all(
    [...puts].map(async ([key, { image, isNew }]) => {
      const inserted = isNew ? (await inserting).answers.get(key) : undefined;
      if (inserted instanceof Error) return [key, inserted] as const;
      if (inserted) return [key, asInserted(image)] as const;
      alone += 1;
      return [key, await orError(target.put(key, image))] as const;
    }),
  );
  return { answers: new Map(answers), requests: (await inserting).requests + alone };
}

function asInserted({ version, created }: Image): Stored {
  return { version, written: true, ...(created !== undefined && { created }) };
}

async function orError(put: Promise<Stored>): Promise<Stored | ItemRefusedError | StoreUnavailableError> {
  try {
    return await put;
  } catch (error) {
    return error as ItemRefusedError | StoreUnavailableError;
  }
}
