import type { z } from 'zod';
import { InvalidInputError } from '../../lib/errors.ts';
import { pathText } from '../../lib/model/path.ts';

/**
 * Checks input by a schema.
 *
 * @throws {InvalidInputError} naming the first part at fault
 */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const steps = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue?.code === 'unrecognized_keys') {
    throw new InvalidInputError('is not a known field', pathText('', [...steps, issue.keys[0] ?? '']));
  }
  throw new InvalidInputError(issue?.message ?? 'is not valid', pathText('', steps));
}
