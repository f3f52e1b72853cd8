/**
 * The library: a cache as a part of a program. Begin with {@link WriteBehind}.
 *
 * @module write-behind
 */
export type { Clients } from './clients.ts';
export { Collection } from './collection.ts';
export { type Config, defineConfig, type Endpoints } from './config.ts';
export type { DeadLetterOffice } from './dead-letters/office.ts';
export type { DeadLetterReport, DiscardedLetter } from './dead-letters/report.ts';
export type {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterOutcome,
  DeadLetterPage,
  DeadLetterSelection,
  DiscardReason,
  LookOptions,
  PageOptions,
  RedriveForecast,
} from './dead-letters/types.ts';
export { configFromEnvironment } from './environment.ts';
export * from './errors.ts';
export type { QueueMessage } from './flush/flush-messages.ts';
export type { FlushOptions } from './flush/flush-options.ts';
export type { FlushSwitch } from './flush/flush-switch.ts';
export type {
  Flushing,
  FlushingReport,
  FlushingState,
  PauseOptions,
  PauseReport,
  ResumeOptions,
} from './flush/flushing.ts';
export type { DrainRate, FlushingRecordState, Pause } from './flush/flushing-record.ts';
export type { FlushReport, ReportedMessage } from './flush/report.ts';
export type { HistoryEntry, HistoryPage } from './history/history-reader.ts';
export type {
  Consistency,
  ConsistencySide,
  DrainReport,
  Health,
  HealthCheck,
  Percentiles,
  QueueDepth,
  RecentFailure,
  Stats,
} from './insight/types.ts';
export type { ItemPage, PageOptions as ListOptions } from './listing/list-reader.ts';
export type { Clock } from './model/clock.ts';
export type { Json, JsonObject } from './model/json.ts';
export type {
  Acknowledgement,
  Changes,
  Condition,
  DeleteOperation,
  GetOperation,
  Increment,
  Item,
  Operation,
  Outcome,
  PatchOperation,
  PutOperation,
  WriteOperation,
  WriteOptions,
} from './model/operation.ts';
export type { TableChangesReport } from './others/see-in-order.ts';
export type { StreamRecord } from './others/stream-records.ts';
export type { WarmOptions, WarmProgress, WarmReport, WarmTarget } from './read/warm.ts';
export type { CollectionPolicy, Durability, Settings, SettingsInput } from './settings.ts';
export type { TableSettings } from './tables/table-settings.ts';
export type { OpenSpan, Span, SpanAttributes, SpanName, Tracing } from './tracing/tracing.ts';
export { type ReshapeReport, type SweepReport, WriteBehind, type WriteBehindOptions } from './write-behind.ts';
