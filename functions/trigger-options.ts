import type { Log } from './logger.ts';
import type { XRay } from './x-ray/x-ray.ts';

/** Options of the handlers of queue and schedule. */
export interface TriggerOptions {
  /** @default one that writes to standard error */
  readonly logger?: Log;
  /** @default none */
  readonly tracing?: XRay | undefined;
}
