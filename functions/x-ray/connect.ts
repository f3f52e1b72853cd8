import type { Config } from '../../lib/config.ts';
import type { TracingEnvironment } from '../../lib/environment.ts';
import { XRayDaemon } from './daemon.ts';
import { XRay } from './x-ray.ts';

/** Makes the tracing of a function as its environment wants it; nothing where it wants none. */
export function connectXRay(
  { name, endpoints }: Pick<Config, 'name' | 'endpoints'>,
  environment: TracingEnvironment | undefined,
): XRay | undefined {
  if (!environment) return undefined;
  const { daemon, onLambda } = environment;
  return new XRay({ name, endpoints, hasSegment: onLambda, daemon: daemon ? new XRayDaemon(daemon) : undefined });
}
