import { ItemRefusedError, StoreUnavailableError, WriteBehindError } from '../../errors.ts';

/**
 * Classes of SQLSTATE that mean "never": data that the type does not take (22), a constraint (23), a program limit (54), and what a
 * trigger raises (P0). Everything else is worth another try: who operates the database may set it right.
 */
const REFUSED: ReadonlySet<string> = new Set(['22', '23', '54', 'P0']);
/** Deadlock, and a lock that another transaction holds for too long: of a batch it concerns one item. */
const OF_ONE_ITEM: ReadonlySet<string> = new Set(['40P01', '55P03']);
/** Of the socket, or of a server that goes down. */
const CUT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', '57P01', '57P02', '08003', '08006']);

/** What PostgreSQL said; its name is the SQLSTATE. */
class PostgresFault extends Error {
  constructor(sqlState: string, message: string, cause: unknown) {
    super(message, { cause });
    this.name = sqlState;
  }
}

/** PostgreSQL cannot do it now, on account of one item. */
export class LockedError extends StoreUnavailableError {}

/** Whether a connection broke that had been made: another one may do. A put that was done already is not done again (rule 5). */
export function wasCut(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return CUT.has(code ?? '') || message === 'Connection terminated unexpectedly';
}

/**
 * The error that says whether trying again can help.
 *
 * @returns {ItemRefusedError} PostgreSQL will never take this; {@link StoreUnavailableError} trying later helps
 */
export function translated(error: unknown): WriteBehindError {
  if (error instanceof WriteBehindError) return error;
  // Of the serializer: no write that was checked is nested so deep, but a damaged entry of Valkey may be.
  if (error instanceof RangeError) return new ItemRefusedError('The item is nested too deep to be sent.');
  const { code = 'no answer', message } = error as { code?: string; message: string };
  if (REFUSED.has(code.slice(0, 2))) {
    const cause = new PostgresFault(code, message, error);
    return new ItemRefusedError(`PostgreSQL refuses the item: ${message}`, {}, { cause });
  }
  const Unavailable = OF_ONE_ITEM.has(code) ? LockedError : StoreUnavailableError;
  const hint = code === '42P01' || code === '42703' ? '; write-behind postgres-schema makes the tables' : '';
  return new Unavailable(`PostgreSQL cannot be used now (${code}${hint}).`, {}, { cause: error });
}
