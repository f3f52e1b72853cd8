import { InvalidInputError, MalformedJsonError } from '../errors.ts';
import { pathText } from './path.ts';

/** Anything JSON can say. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object; an item's value is one. */
export type JsonObject = { [name: string]: Json };

/** Smallest magnitude of a number that is not zero, and the bound that every magnitude stays below: what DynamoDB stores. */
const MIN_MAGNITUDE = 1e-130;
const MAGNITUDE_BOUND = 1e126;

/** Whether DynamoDB takes a double: zero, or 1e-130 ≤ |n| < 1e126. NaN and the infinities are not. */
export function isStorableNumber(n: number): boolean {
  const magnitude = Math.abs(n);
  return magnitude === 0 || (magnitude >= MIN_MAGNITUDE && magnitude < MAGNITUDE_BOUND);
}

// A double carries every decimal of up to 15 digits, so only longer numbers and those with an exponent can be at fault.
// Both patterns may also match inside a string; that costs a scan and nothing else.
const DOUBTFUL_NUMBER = /(?:^|[:,[\s])-?(?:[\d.]{16}|[\d.]+[eE])/;
const DOUBTFUL_STRING = /\\u[dD][89a-fA-F]/;

// V8 (13.6 in Node 24, 14.6 in Node 26) compares the text of a name that has escapes with names it has seen before, as if it
// were decoded: after `{"a\\":1}` (the name a, backslash), it reads `{"a\"":1}` as that name too, anywhere in the process
// (nodejs/node#63785). So text with such names must neither be read by `JSON.parse` nor be shown to it.
const ESCAPED_NAME = /\\.[^"\\]*"\s*:/s;

/** Containers that may enclose a value in text that has a name with an escape. */
const MAX_DEPTH = 500;

/**
 * Parses JSON text without losing anything: `__proto__` becomes an own property at any depth, and what JavaScript would
 * change in silence is refused.
 *
 * @throws {MalformedJsonError} for text that is not JSON
 * @throws {InvalidInputError} for a number that a double cannot carry exactly (`9007199254740993`, `1e400`) or that is not
 * zero and outside 1e-130 ≤ |n| < 1e126, and for a string or name with an unpaired surrogate; the path is
 * relative to the text's outermost value: `value.a[3]`, or empty for that value itself
 */
export function parseJson(text: string): Json {
  const value = readJson(text);
  if (DOUBTFUL_NUMBER.test(text) || DOUBTFUL_STRING.test(text) || !text.isWellFormed()) checkTokens(text);
  return value;
}

/**
 * `JSON.parse` without the fault of V8 that mixes up names with escapes: for JSON of trusted origin, whose numbers and strings
 * need no check.
 *
 * @throws {MalformedJsonError} for text that is not JSON
 * @throws {InvalidInputError} for text with an escape in a name and over 500 levels
 */
export function readJson(text: string): Json {
  try {
    return ESCAPED_NAME.test(text) ? readEscapedNames(text) : (JSON.parse(text) as Json);
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new MalformedJsonError('The text is not JSON.', {}, { cause });
  }
}

// An unclosed string goes to the end, so that no quote in it is tried as the start of another.
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)/gs;

/** Parses the text with every string replaced by a stand-in that needs no escape, then puts the strings back. */
function readEscapedNames(text: string): Json {
  const strings: string[] = [];
  const standIns = text.replace(STRING, (string) => `"#${strings.push(JSON.parse(string) as string) - 1}"`);
  const original = (standIn: string) => strings[Number(standIn.slice(1))] as string;
  const restore = (value: Json, depth: number): Json => {
    if (typeof value === 'string') return original(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) throw new InvalidInputError(`The JSON is nested over ${MAX_DEPTH} levels deep.`, '');
    if (Array.isArray(value)) return value.map((element) => restore(element, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, element]) => [original(name), restore(element, depth + 1)]),
    );
  };
  return restore(JSON.parse(standIns) as Json, 1);
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[[\]{},]/g;

// A scan of the text rather than `JSON.parse` with a reviver: a reviver sees no path and overflows the stack on deep text.
function checkTokens(text: string): void {
  const steps: (string | number)[] = [];
  let nameNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    switch (token[0]) {
      case '{':
        steps.push('');
        nameNext = true;
        break;
      case '[':
        steps.push(0);
        nameNext = false;
        break;
      case '}':
      case ']':
        steps.pop();
        break;
      case ',': {
        const step = steps.at(-1);
        nameNext = typeof step === 'string';
        if (typeof step === 'number') steps[steps.length - 1] = step + 1;
        break;
      }
      case '"': {
        const string = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
        if (nameNext) steps[steps.length - 1] = string;
        nameNext = false;
        if (!string.isWellFormed()) {
          throw new InvalidInputError('A string has an unpaired surrogate.', pathText('', steps));
        }
        break;
      }
      default:
        checkNumberText(token, steps);
    }
  }
}

function checkNumberText(source: string, steps: readonly (string | number)[]): void {
  const n = Number(source);
  const text = String(n);
  if (text !== source && (!Number.isFinite(n) || canonical(text) !== canonical(source))) {
    throw new InvalidInputError(
      'A number cannot be carried exactly by JSON; send it as a string.',
      pathText('', steps),
    );
  }
  if (!isStorableNumber(n)) {
    throw new InvalidInputError('A number is outside 1e-130 ≤ |n| < 1e126.', pathText('', steps));
  }
}

/** One spelling for each decimal value: its significant digits and the power of ten of the last one. */
function canonical(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  // A loop, because `/0+$/` takes quadratic time on long runs of inner zeros.
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  const sign = mantissa.startsWith('-') ? '-' : '';
  return `${sign}${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
