import { traceHeaderFromEnvironment } from '../../lib/environment.ts';
import { readTraceHeader } from '../../lib/tracing/trace-header.ts';
import type { ApiEvent } from './api-event.ts';

/** The trace header of a request: on Lambda that of the invocation, elsewhere the one that the request came with. */
export function traceHeaderOf({ headers }: Pick<ApiEvent, 'headers'>): string | undefined {
  const own = traceHeaderFromEnvironment();
  if (own) return own;
  const name = Object.keys(headers ?? {}).find((each) => each.toLowerCase() === 'x-amzn-trace-id');
  return name && headers[name];
}

/** The trace id of a request, for the log; nothing where there is none. */
export function ofTrace(event: ApiEvent): { readonly traceId?: string } {
  const traceId = readTraceHeader(traceHeaderOf(event))?.traceId;
  return traceId ? { traceId } : {};
}
