import { readJson } from '../lib/model/json.ts';
import { ApiError, ApiUnreachableError, type Problem } from './errors.ts';

/** A request that is ready to be sent. */
export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Adds to a request what proves who sends it, such as a signature. */
export type Sign = (request: Outgoing) => Promise<Outgoing>;

/** How requests are sent. */
export interface SendOptions {
  /** Address of the API, without a slash at its end; a deployed one's ends with its stage. */
  readonly url: string;
  /** Signs each attempt, for APIs that ask for it. @default nobody */
  readonly sign?: Sign;
  /** Attempts after the first, where trying again can help; 0 or more. @default 5 */
  readonly retries?: number;
  /** Longest that one attempt may take, ms. @default 30,000 */
  readonly timeoutMs?: number;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch;
}

/** What one call asks for. */
export interface Call {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** Begins with a slash; encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Whether JSON with the status of an error is an answer all the same. @default never */
  readonly isAnswer?: (body: unknown) => boolean;
  /** Ends the call, also while it waits to try again. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_RETRIES = 5;
const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** Answers of API Gateway and of proxies that mean "not now"; the API's own say so with `Retry-After`. */
export const NOT_NOW: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends calls, and sends them again where that can help: everything that the API does is safe to repeat. */
export class Sender {
  readonly #options: SendOptions;
  /** Attempts after the first. */
  readonly retries: number;

  constructor(options: SendOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, '') };
    this.retries = options.retries ?? DEFAULT_RETRIES;
  }

  /**
   * Makes a call and returns the body of its answer.
   *
   * @throws {ApiError} {@link ApiUnreachableError} after the last attempt; the reason of `signal` when that ended the call
   */
  async call<Body>(call: Call): Promise<Body> {
    const request = this.#requestOf(call);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.#attempt(request, call)) as Body;
      } catch (error) {
        call.signal?.throwIfAborted();
        const again = error instanceof ApiUnreachableError || (error instanceof ApiError && NOT_NOW.has(error.status));
        if (!again || attempt >= this.retries) throw error;
        await this.pause(attempt, error instanceof ApiError ? error.retryAfterSeconds : undefined, call.signal);
      }
    }
  }

  /**
   * Waits before the next attempt: as long as the answer asked for, and a while that grows with each attempt.
   *
   * @throws the reason of `signal` when that ends the call
   */
  async pause(attempt: number, askedSeconds = 0, signal?: AbortSignal): Promise<void> {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    // Whoever was refused together must not come back together.
    await pause(askedSeconds * 1000 + Math.random() * longest, signal);
  }

  #requestOf({ method, path, query = {}, headers = {}, body }: Call): Outgoing {
    const url = new URL(this.#options.url + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const given = Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined);
    return {
      method,
      url: url.href,
      headers: { ...Object.fromEntries(given), ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
  }

  async #attempt(request: Outgoing, { signal, isAnswer }: Call): Promise<unknown> {
    const { fetch: send = fetch, sign, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const { url, ...init } = sign ? await sign(request) : request;
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await send(url, { ...init, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
      text = await response.text();
    } catch (cause) {
      throw new ApiUnreachableError(this.#options.url, cause);
    }
    const body = jsonOf(response, text);
    // Others than the API say in JSON, too, what went wrong: only the status tells.
    if (body !== undefined && (response.ok || isAnswer?.(body))) return body;
    throw new ApiError(problemOf(response.status, body, text), retryAfterSeconds(response.headers.get('retry-after')));
  }
}

/** The body of an answer, if it is JSON. */
function jsonOf({ headers }: Response, text: string): unknown {
  if (!/^application\/(problem\+)?json\b/i.test(headers.get('content-type') ?? '')) return undefined;
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, body: unknown, text: string): Problem {
  const { type } = (body ?? {}) as Partial<Problem>;
  // What API Gateway says in the API's name leaves the status to the answer.
  if (typeof type === 'string') return { ...{ detail: `HTTP ${status}`, status }, ...(body as Problem) };
  return {
    type: 'about:blank',
    title: 'Not an answer of the API',
    status,
    detail: `HTTP ${status}: ${text.slice(0, 200)}`,
  };
}

/** The header is a number of seconds or, where others than the API answer, a date. */
function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** Waits; rejects with the signal's reason when it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
    signal?.addEventListener('abort', done);
  });
}
