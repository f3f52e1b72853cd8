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

/**
 * The one name that no attribute may have at any depth. Once V8 (13.6, in Node 24, and later) has parsed an object with the
 * name `\\`, `JSON.parse` reads other names of one escaped character, such as `"\n"`, as `\\` too, anywhere in the process
 * (nodejs/node#63785). So such text must not even be parsed.
 */
export const UNPARSABLE_NAME = '\\';
// A quote after one of these begins or ends a string, and no string is followed by a backslash: only names match.
const HAS_UNPARSABLE_NAME = /[{,\s]"\\(?:\\|u005[cC])"\s*:/;

/**
 * Parses JSON text without losing anything: `__proto__` becomes an own property at any depth, and what JavaScript would
 * change in silence is refused.
 *
 * @throws {MalformedJsonError} for text that is not JSON
 * @throws {InvalidInputError} for a number that a double cannot carry exactly (`9007199254740993`, `1e400`) or that is not
 * zero and outside 1e-130 ≤ |n| < 1e126, for a string or name with an unpaired surrogate, and for the name `\\` (there the
 * path is this name alone); the path is relative to the text's outermost value: `value.a[3]`, or empty for that itself
 */
export function parseJson(text: string): Json {
  if (HAS_UNPARSABLE_NAME.test(text)) {
    throw new InvalidInputError('An attribute name is a single backslash.', pathText('', [UNPARSABLE_NAME]));
  }
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new MalformedJsonError('The text is not JSON.', {}, { cause });
  }
  if (DOUBTFUL_NUMBER.test(text) || DOUBTFUL_STRING.test(text) || !text.isWellFormed()) checkTokens(text);
  return value;
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
