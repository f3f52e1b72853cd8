import { InvalidArgumentError } from 'commander';
import { MalformedJsonError, WriteBehindError } from '../lib/errors.ts';
import { type Json, type JsonObject, parseJson } from '../lib/model/json.ts';
import { checkKey } from '../lib/model/key.ts';
import type { Condition } from '../lib/model/operation.ts';

/** Readers of what is typed after a command or an option. Each throws `InvalidArgumentError`; commander names the option at fault. */

/** `collection/id` */
export function key(text: string): string {
  asked(() => checkKey(text));
  return text;
}

/** Several of them. */
export function keys(text: string, before: readonly string[] = []): string[] {
  return [...before, key(text)];
}

/** A whole number of a range. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

/** A number, fractions included, from `min` to `max`. */
export function number(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

/** A JSON object. */
export function jsonObject(text: string): JsonObject {
  const value = asked(() => parseJson(text));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InvalidArgumentError('It must be a JSON object.');
}

/** `NAME=JSON`, any number of them; the name ends at the first `=`. */
export function assignment(text: string, before: JsonObject = {}): JsonObject {
  const [name, json] = parts(text);
  return { ...before, [name]: jsonOf(json, text) };
}

/** `NAME=NUMBER`, any number of them. */
export function numberAssignment(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [name, json] = parts(text);
  const value = jsonOf(json, text);
  if (typeof value !== 'number') throw new InvalidArgumentError('The value must be a number.');
  return { ...before, [name]: value };
}

/** Names, any number of them. */
export function names(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** A version, `*` or `none`. */
export function condition(text: string): Condition {
  if (text === '*' || text === 'none') return text;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a version, * (the item exists) or none (it does not).');
}

function parts(text: string): [name: string, json: string] {
  const end = text.indexOf('=');
  if (end < 1) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return [text.slice(0, end), text.slice(end + 1)];
}

function jsonOf(json: string, text: string): Json {
  try {
    return parseJson(json);
  } catch (error) {
    if (!(error instanceof MalformedJsonError)) throw invalid(error);
    const quoted = `${text.slice(0, text.indexOf('='))}="${json}"`;
    throw new InvalidArgumentError(
      `The value is not JSON; a string has quotes, which the shell must see: '${quoted}'.`,
    );
  }
}

function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(error);
  }
}

function invalid(error: unknown): unknown {
  return error instanceof WriteBehindError ? new InvalidArgumentError(error.message) : error;
}
