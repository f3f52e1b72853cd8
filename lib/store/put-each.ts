import type { ItemRefusedError, StoreUnavailableError } from '../errors.ts';
import type { Image } from '../model/image.ts';
import type { BatchAnswers, Statements } from './statement-batches.ts';
import type { Put, PutAnswers, Stored } from './store.ts';

/** What can put in batches, and one by one. */
interface Target {
  statementsOf(puts: ReadonlyMap<string, Put>): Statements;
  sendInBatches(statements: Statements): Promise<BatchAnswers>;
  put(key: string, image: Image): Promise<Stored>;
  written(key: string, image: Image): Stored;
}

/** Stores in batches what can be; what a batch cannot decide, and everything else, is a conditional put. */
export async function putEach(target: Target, puts: ReadonlyMap<string, Put>): Promise<PutAnswers> {
  const statements = target.statementsOf(puts);
  const sending = target.sendInBatches(statements);
  let alone = 0;
  const answers = await Promise.all(
    [...puts].map(async ([key, { image }]) => {
      const batched = statements.has(key) ? (await sending).answers.get(key) : undefined;
      if (batched instanceof Error) return [key, batched] as const;
      if (batched) return [key, target.written(key, image)] as const;
      alone += 1;
      return [key, await orError(target.put(key, image))] as const;
    }),
  );
  return { answers: new Map(answers), requests: (await sending).requests + alone };
}

async function orError(put: Promise<Stored>): Promise<Stored | ItemRefusedError | StoreUnavailableError> {
  try {
    return await put;
  } catch (error) {
    return error as ItemRefusedError | StoreUnavailableError;
  }
}
