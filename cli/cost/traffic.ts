import { MAX_BODY_BYTES } from '../../lib/queue/message-rules.ts';
import { type FigureName, figureOf } from './figures.ts';
import type { Way } from './ways.ts';
import type { Workload } from './workload.ts';

/** Writes that bills are for, and what moves because of them is counted for. */
export const WRITES = 1_000_000;

/** HTTP requests. */
export interface Requests {
  readonly requests: number;
  /** How long the api function takes for one. */
  readonly requestMs: number;
}

/** Messages, and what they set in motion. */
export interface Messages {
  readonly messages: number;
  /** Of one message. */
  readonly bodyBytes: number;
  /** Requests to SQS that send them. */
  readonly sends: number;
  /** Invocations of the flush function. */
  readonly flushes: number;
  /** How long one takes. */
  readonly flushMs: number;
}

const FIRST_MS = {
  cache: 'cacheFirstMs',
  queue: 'queueFirstMs',
  database: 'databaseFirstMs',
  api: 'directFirstMs',
} as const satisfies Record<string, FigureName>;
const FURTHER_MS = {
  cache: 'cacheFurtherMs',
  queue: 'queueFurtherMs',
  database: 'databaseFurtherMs',
  api: 'directFurtherMs',
} as const satisfies Record<string, FigureName>;

/** Requests for {@link WRITES}. */
export function requestsOf(way: Exclude<Way, 'client'>, { batch }: Workload): Requests {
  const requestMs = figureOf(FIRST_MS[way]) + (batch - 1) * figureOf(FURTHER_MS[way]);
  return { requests: WRITES / batch, requestMs };
}

/** Messages for {@link WRITES}. Without a load the keys of a batch are taken to be distinct, the dearest case. */
export function messagesOf(level: 'cache' | 'queue', workload: Workload): Messages {
  const { batch, coalescing, itemBytes, messagesPerFlush, load } = workload;
  const messages = WRITES * (level === 'cache' ? 1 / coalescing : (load?.distinct(batch) ?? 1));
  const bodyBytes = figureOf('signalBytes') + (level === 'queue' ? itemBytes : 0);
  const requests = WRITES / batch;
  const messagesPerSend = Math.max(1, Math.min(figureOf('sqsBatch'), Math.floor(MAX_BODY_BYTES / bodyBytes)));
  return {
    messages,
    bodyBytes,
    // One request sends what it has to in as few sends as possible; requests do not share sends.
    sends: Math.min(messages, requests * Math.ceil(messages / requests / messagesPerSend)),
    flushes: messages / messagesPerFlush,
    flushMs: figureOf('flushFirstMs') + (messagesPerFlush - 1) * figureOf('flushFurtherMs'),
  };
}

/** Stores for {@link WRITES}. */
export function storesOf(way: Way, { coalescing }: Workload): number {
  return way === 'cache' || way === 'queue' ? WRITES / coalescing : WRITES;
}
