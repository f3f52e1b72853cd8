import { configFromEnvironment } from '../../lib/config.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { createSweepHandler } from './handler.ts';

/** Lambda entry: connections are made once per instance. */
export const handler = createSweepHandler(await WriteBehind.connect(configFromEnvironment()));
