/** Where in which trace something happens: what travels with a request and with a message. */
export interface TraceContext {
  /** `1-` and 8 hexadecimal digits, `-` and 24 of them. */
  readonly traceId: string;
  /** Id of the span that caused it, 16 hexadecimal digits. */
  readonly parentId?: string;
  /** Whether the trace is recorded. */
  readonly sampled: boolean;
}

const ROOT = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/i;
const PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)/i;
const SAMPLED = /(?:^|;)\s*Sampled=1(?:;|$)/i;
/** What AWS sends has some 100 characters; more is none of it. */
const LONGEST = 512;

/**
 * Reads a trace header of X-Ray (`Root=…;Parent=…;Sampled=1`). What is none is nobody's trace: it came with a request or a message, which
 * count without it.
 */
export function readTraceHeader(text: string | undefined): TraceContext | undefined {
  if (!text || text.length > LONGEST) return undefined;
  const traceId = ROOT.exec(text)?.[1]?.toLowerCase();
  if (!traceId) return undefined;
  const parentId = PARENT.exec(text)?.[1]?.toLowerCase();
  return { traceId, ...(parentId && { parentId }), sampled: SAMPLED.test(text) };
}

/** A trace header of X-Ray, which SQS takes as the system attribute `AWSTraceHeader`. */
export function traceHeader({ traceId, parentId, sampled }: TraceContext): string {
  return `Root=${traceId}${parentId ? `;Parent=${parentId}` : ''};Sampled=${sampled ? 1 : 0}`;
}
