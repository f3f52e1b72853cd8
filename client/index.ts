/**
 * The client of the HTTP API, on `fetch`. Begin with {@link WriteBehindClient}.
 *
 * @module write-behind/client
 */
export type {
  DeadLetterDetail,
  DeadLetterOutcome,
  DeadLetterPage,
  DeadLetterSelection,
} from '../lib/dead-letters/types.ts';
export type { FlushingState, PauseOptions, PauseReport, ResumeOptions } from '../lib/flush/flushing.ts';
export type { HistoryEntry, HistoryPage } from '../lib/history/history-reader.ts';
export type { Consistency, ConsistencySide, DrainReport, Health, RecentFailure, Stats } from '../lib/insight/types.ts';
export type { ItemPage } from '../lib/listing/list-reader.ts';
export type { JsonObject } from '../lib/model/json.ts';
export type { Acknowledgement, Changes, Condition, Item } from '../lib/model/operation.ts';
export type { Durability } from '../lib/settings.ts';
export { WriteBehindClient } from './client.ts';
export { DeadLetters } from './dead-letters.ts';
export { ApiError, ApiUnreachableError, NotStoredError, type Problem } from './errors.ts';
export type { Outgoing, SendOptions, Sign } from './send.ts';
export type {
  BatchOperation,
  BatchResult,
  CallOptions,
  FlushOptions,
  PageOptions,
  UntilStoredOptions,
  WriteOptions,
} from './types.ts';
