import { configFromEnvironment, configFromFile } from '../lib/environment.ts';
import type { WriteBehind } from '../lib/write-behind.ts';
import { withGenerated } from './generated.ts';

/**
 * The cache itself, for what its API does not offer. To be closed.
 *
 * @param envFile variables that go before those of the environment
 * @throws {ConfigurationError} naming the variable or the setting at fault
 */
export async function connectLibrary(envFile: string | undefined): Promise<WriteBehind> {
  const config = envFile === undefined ? configFromEnvironment() : configFromFile(envFile);
  // Only few commands need the library; the others start sooner without it.
  const library = await withGenerated(() => import('../lib/write-behind.ts'));
  return library.WriteBehind.connect(config);
}
