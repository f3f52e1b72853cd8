import { ApiError, WriteBehindClient } from '../../client/index.ts';

/** The API beside the page. A person waits for the answer, and can try again himself: few attempts. */
export const api = new WriteBehindClient({ url: location.origin, retries: 2 });

/** What to tell a person about a call that failed. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return `${error.message} (${error.status} ${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
