import { InvalidInputError } from '../../lib/errors.ts';
import { type Json, parseJson, readJson } from '../../lib/model/json.ts';

/** Stands in a batch for an operation whose text cannot be carried exactly, so that it fails alone. */
export class UnreadableOperation {
  readonly key: string | undefined;
  readonly error: InvalidInputError;

  constructor(key: string | undefined, error: InvalidInputError) {
    this.key = key;
    this.error = error;
  }
}

/**
 * Parses the body of a batch. An operation that holds a number or string that cannot be carried exactly becomes an
 * `UnreadableOperation`; text that is no JSON at all has no operations to tell apart and is refused as a whole.
 *
 * @throws {MalformedJsonError}
 * @throws {InvalidInputError} for such a number or string outside the operations
 */
export function parseBatchBody(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError && /^operations\[\d/.test(String(error.facts.path)))) throw error;
    return { ...(readJson(text) as object), operations: elementTexts(text).map(parseOperation) };
  }
}

function parseOperation(text: string): Json | UnreadableOperation {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const operation = readJson(text) as { key?: unknown } | null;
    return new UnreadableOperation(typeof operation?.key === 'string' ? operation.key : undefined, error);
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},]/g;

/** The texts of the elements of the array `operations` of an object; where the name stands twice, the last counts. */
function elementTexts(text: string): string[] {
  let elements: string[] = [];
  let depth = 0;
  let name = '';
  let start = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const inArray = depth === 2 && name === 'operations';
    if (token === '{' || token === '[') {
      depth += 1;
      if (depth === 2) {
        elements = name === 'operations' ? [] : elements;
        start = index + 1;
      }
    } else if (token === '}' || token === ']') {
      depth -= 1;
      if (inArray) elements.push(text.slice(start, index));
    } else if (token === ',' && inArray) {
      elements.push(text.slice(start, index));
      start = index + 1;
    } else if (token.startsWith('"') && depth === 1) {
      name = JSON.parse(token) as string;
    }
  }
  return elements;
}
