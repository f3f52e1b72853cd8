import type { Operation, Outcome } from '../../lib/model/operation.ts';
import type { Durability } from '../../lib/settings.ts';
import { UnreadableOperation } from './batch-body.ts';
import { NoSuchItemError } from './errors.ts';
import { checkInput } from './input.ts';
import { problemOf } from './problems.ts';
import type { ApiCache, Reply } from './route.ts';
import { operation as operationSchema } from './schemas.ts';

/**
 * Largest answer, bytes. Measured as API Gateway carries it, as a JSON string, because that is what Lambda's limit of 6 MB
 * applies to.
 */
const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** No valid key is longer; a longer one is not repeated in the answer. */
const LONGEST_KEY = 768;

type Checked = { readonly operation: Operation } | { readonly refused: object };

/**
 * Carries out a batch: every operation is checked on its own, the good ones go to the cache in their order, and each gets
 * its own result.
 *
 * @param durability level of the writes that name none
 * @param caller verified identity of who calls
 */
export async function runBatch(
  cache: Pick<ApiCache, 'batch'>,
  inputs: readonly unknown[],
  durability: Durability | undefined,
  caller: string | undefined,
): Promise<Reply<never>> {
  const common = { ...(durability !== undefined && { durability }) };
  const verified = { ...(caller !== undefined && { caller }) };
  const checked = inputs.map((input) => check(input, common, verified));
  const outcomes = await cache.batch(checked.flatMap((each) => ('operation' in each ? [each.operation] : [])));
  let next = 0;
  const results = checked.map((each) => ('refused' in each ? each.refused : resultOf(outcomes[next++])));
  return {
    status: 200,
    text: `{"results":[${fittingTexts(results).join(',')}]}`,
  };
}

function check(input: unknown, common: { durability?: Durability }, verified: { caller?: string }): Checked {
  if (input instanceof UnreadableOperation) return { refused: failure(input.key, input.error) };
  try {
    const operation = checkInput(operationSchema, input);
    return { operation: operation.op === 'get' ? operation : { ...common, ...operation, ...verified } };
  } catch (error) {
    const key: unknown = typeof input === 'object' && input !== null && 'key' in input ? input.key : undefined;
    return { refused: failure(typeof key === 'string' ? key : undefined, error) };
  }
}

function resultOf(outcome: Outcome | undefined): object {
  switch (outcome?.kind) {
    case 'written': {
      const { key, version, durability, value } = outcome.acknowledgement;
      return { status: durability === 'database' ? 200 : 202, key, version, durability, value };
    }
    case 'read':
      if (!outcome.item) return failure(outcome.key, new NoSuchItemError(outcome.key));
      return { status: 200, key: outcome.key, version: outcome.item.version, value: outcome.item.value };
    case 'failed':
      return failure(outcome.key, outcome.error);
    default:
      throw new Error('The cache returned fewer outcomes than operations.');
  }
}

function failure(key: string | undefined, error: unknown): object {
  const problem = problemOf(error);
  return { status: problem.status, ...(key !== undefined && key.length <= LONGEST_KEY && { key }), problem };
}

/** The results as JSON; once the answer would be too large, the values of the remaining ones are left out. */
function fittingTexts(results: readonly object[]): string[] {
  let bytes = 0;
  return results.map((result) => {
    const text = JSON.stringify(result);
    const size = carriedBytes(text);
    if (bytes + size <= MAX_ANSWER_BYTES || !('value' in result)) {
      bytes += size;
      return text;
    }
    const { value: _leftOut, ...rest } = result;
    const short = JSON.stringify(rest);
    bytes += carriedBytes(short);
    return short;
  });
}

function carriedBytes(json: string): number {
  return Buffer.byteLength(JSON.stringify(json));
}
