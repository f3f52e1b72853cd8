export {
  type BatchOperation,
  type BatchResult,
  type CallOptions,
  DeadLetters,
  type PageOptions,
  WriteBehindClient,
  type WriteOptions,
} from './client.ts';
export { ApiError, ApiUnreachableError, type Problem } from './errors.ts';
export type { Outgoing, SendOptions, Sign } from './send.ts';
