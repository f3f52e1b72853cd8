import { configFromEnvironment } from '../../lib/config.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { createApiHandler } from './handler.ts';

/** Lambda entry: connections are made once per instance. */
export const handler = createApiHandler(await WriteBehind.connect(configFromEnvironment()));
