import { CommandError } from './errors.ts';

/**
 * Loads a part of the program that needs what is generated, and which a checkout does not have at first.
 *
 * @throws {CommandError} it is not generated yet
 */
export async function withGenerated<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error && 'url' in error && String(error.url).endsWith('/scripts.generated.ts'))) throw error;
    const message = 'The scripts for Valkey are not generated yet: npm run generate, then again.';
    throw new CommandError(message, 'not-generated', { cause: error });
  }
}
