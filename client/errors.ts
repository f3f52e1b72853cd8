import type { Problem } from '../functions/api/problems.ts';

export type { Problem };

/** The API answered with a problem. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Stable name of what went wrong, such as `precondition-failed`; `unknown` where somebody between client and API answered. */
  readonly code: string;
  readonly problem: Problem;
  /** When to try again, s; `undefined` where that would not help. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds: number | undefined) {
    super(problem.detail);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = /^urn:write-behind:problem:(.+)$/.exec(problem.type)?.[1] ?? 'unknown';
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer came: whether the API did anything is not known. */
export class ApiUnreachableError extends Error {
  constructor(url: string, cause: unknown) {
    super(`No answer from ${url}.`, { cause });
    this.name = 'ApiUnreachableError';
  }
}

/** The database does not have what was waited for. */
export class NotStoredError extends Error {
  readonly key: string;
  readonly version: number;
  /** Version that the database has; 0 if none. */
  readonly storedVersion: number;

  constructor(key: string, version: number, storedVersion: number, why: string) {
    super(`The database has version ${storedVersion} of ${key}, not ${version}: ${why}.`);
    this.name = 'NotStoredError';
    this.key = key;
    this.version = version;
    this.storedVersion = storedVersion;
  }
}

/** An answer, or `null` where the API says with this code that there is none. */
export async function orNull<T>(code: string, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === code) return null;
    throw error;
  }
}
