/** Requests of every kind to every route, from what the contract asks for to what no client would send. */
import fc from 'fast-check';
import { routes } from '../../functions/api/routes.ts';
import { Cursors } from '../../lib/model/cursor.ts';
import { itemValue, number, text } from '../arbitraries.ts';
import { headerText, jsonText, name, segment } from './texts.ts';

/** A request as it goes over the wire. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer | undefined;
}

/** Collections of the fuzz stack: of these, one keeps a history and one is listable. */
export const COLLECTIONS = ['plain', 'audited', 'listable'] as const;

const durability = fc.constantFrom('cache', 'queue', 'database');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const author = { actor: maybe(fc.string({ unit: 'grapheme' })), comment: maybe(text) };
const changes = {
  set: maybe(itemValue),
  add: maybe(
    fc.dictionary(name, fc.oneof(number, fc.record({ by: number, min: maybe(number), max: maybe(number) })), {
      maxKeys: 3,
    }),
  ),
  max: maybe(fc.dictionary(name, number, { maxKeys: 2 })),
  min: maybe(fc.dictionary(name, number, { maxKeys: 2 })),
  remove: maybe(fc.array(name, { maxLength: 3 })),
};
const key = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...COLLECTIONS), name).map((parts) => parts.join('/')) },
  name,
);
const options = {
  durability: maybe(durability),
  ifMatch: maybe(fc.oneof(fc.constantFrom('*', 'none'), fc.maxSafeNat())),
  idempotencyKey: maybe(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 })),
};
const operation = fc.oneof(
  fc.record({ op: fc.constant('put'), key, value: itemValue, isNew: maybe(fc.boolean()), ...author, ...options }),
  fc.record({ op: fc.constant('patch'), key, ...changes, ...author, ...options }),
  fc.record({ op: fc.constant('delete'), key, ...author, ...options }),
  fc.record({ op: fc.constant('get'), key }),
);
const ids = fc.oneof(fc.record({ all: fc.constant(true) }), fc.record({ ids: fc.array(text, { maxLength: 3 }) }));

const bodyOf: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  putItem: fc.record({ value: itemValue, ...author }),
  appendItem: fc.record({ value: itemValue, ...author }),
  patchItem: fc.record({ ...changes, ...author }),
  batch: fc.record({
    operations: fc.array(fc.oneof({ weight: 5, arbitrary: operation }, fc.jsonValue()), { maxLength: 6 }),
  }),
  flush: fc.record({ limit: maybe(fc.integer()) }),
  redriveDeadLetters: ids,
  discardDeadLetters: fc.tuple(ids, fc.record(author)).map(([which, why]) => ({ ...which, ...why })),
};

/** Bodies: as the route wants them, with one value replaced, cut, doubled, not JSON, not UTF-8, or none. */
function bodies(operationId: string): fc.Arbitrary<Buffer | undefined> {
  const wanted = (bodyOf[operationId] ?? fc.constant({})).map((body) => JSON.stringify(body));
  const mutated = fc.tuple(wanted, fc.nat(), jsonText).map(([body, at, piece]) => {
    const places = [...body.matchAll(/(?<=[:[,])(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)/g)];
    const place = places[at % Math.max(1, places.length)];
    return place ? body.slice(0, place.index) + piece + body.slice(place.index + place[0].length) : piece;
  });
  const cut = fc.tuple(wanted, fc.nat()).map(([body, at]) => body.slice(0, at % body.length));
  const doubled = wanted.map((body) => `${body.slice(0, -1)},${body.slice(1)}`);
  const asBytes = (texts: fc.Arbitrary<string>) => texts.map((body) => Buffer.from(body));
  return fc.oneof(
    { weight: 8, arbitrary: asBytes(wanted) },
    { weight: 5, arbitrary: asBytes(mutated) },
    asBytes(cut),
    asBytes(doubled),
    asBytes(jsonText),
    asBytes(wanted.map((body) => `\ufeff${body}`)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(undefined),
  );
}

const NASTY_HEADERS = [
  '__proto__',
  'constructor',
  'x-amzn-trace-id',
  'authorization',
  'expect-ct',
  'x-forwarded-for',
  'te',
];
/** Mostly what the contract has, so that what is asked for happens. */
const mostly = <T>(good: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: good }, headerText);
const headers: fc.Arbitrary<Record<string, string | string[]>> = fc
  .record({
    'Write-Durability': maybe(mostly(durability)),
    condition: maybe(
      fc.oneof(
        mostly(fc.constantFrom('*', '"1"')).map((match) => ({ 'If-Match': match })),
        mostly(fc.constant('*')).map((noneMatch) => ({ 'If-None-Match': noneMatch })),
        fc.constant({ 'If-Match': '*', 'If-None-Match': '*' }),
      ),
    ),
    'Idempotency-Key': fc.option(fc.oneof(headerText, fc.array(headerText, { minLength: 2, maxLength: 2 })), {
      freq: 1,
    }),
    other: maybe(fc.tuple(fc.constantFrom(...NASTY_HEADERS), headerText)),
  })
  .map(({ other, condition, ...known }) => {
    const all = { ...known, ...condition, ...(other && Object.fromEntries([other])) };
    const given = Object.entries(all).flatMap(([label, text]) => (text == null ? [] : [[label, text] as const]));
    return Object.fromEntries(given);
  });

const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'application/merge-patch+json',
    'application/json; charset=utf-16',
    'text/json',
    '',
    'application/jsonp',
  ),
);

/** Cursors that were never given: of other lists, of places that are none, and what is no cursor at all. */
function cursors(path: string): fc.Arbitrary<string> {
  const [, , collection = '', id = ''] = path.split('/').map((part) => part.replaceAll('%2F', '/'));
  const lists = [`items\0${collection}`, `history\0${collection}/${id}`, 'dead letters\0http://127.0.0.1/queue'];
  const place = fc.oneof(
    text,
    fc.constantFrom('', '-1', '1e400', '9007199254740993 x', '0 ', '5 plain/a', '["2026-01-01T00:00:00.000Z","x"]'),
  );
  const forged = fc.tuple(fc.constantFrom(...lists), place).map(([list, where]) => new Cursors(list).encode(where));
  return fc.oneof(forged, text, fc.constantFrom('.', '..', 'a.b', 'x'.repeat(5000)));
}

function queries(path: string): fc.Arbitrary<string> {
  const limit = fc.oneof(
    fc.integer({ min: -1, max: 120 }).map(String),
    fc.constantFrom('1e9', '9'.repeat(400), '0x1', ' 1', '', 'NaN'),
  );
  const parameters = fc.record({ limit: maybe(limit), cursor: maybe(cursors(path)), other: maybe(text) });
  return parameters.map((given) => {
    const pairs = Object.entries(given).flatMap(([label, value]) =>
      value === undefined
        ? []
        : [`${label === 'other' ? '__proto__' : label}=${encodeURIComponent(value.toWellFormed())}`],
    );
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
  });
}

const collection = fc.oneof({ weight: 8, arbitrary: fc.constantFrom<string>(...COLLECTIONS) }, segment);
const method = fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'POST', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND');

/** A request to a route, mostly with its own method. */
export const request: fc.Arbitrary<FuzzRequest> = fc.constantFrom(...routes).chain((route) =>
  fc
    .tuple(fc.oneof({ weight: 15, arbitrary: fc.constant<string>(route.method) }, method), collection, segment)
    .chain(([verb, first, second]) => {
      const path = route.path.replace('{collection}', () => first).replace(/\{\w+\}/, () => second);
      const body = verb === 'GET' || verb === 'HEAD' ? fc.constant(undefined) : bodies(route.operationId);
      return fc.tuple(queries(path), headers, contentType, body).map(([query, given, type, bytes]) => ({
        method: verb,
        path: path + query,
        headers: { ...given, ...(bytes && { 'Content-Type': type }) },
        body: bytes,
      }));
    }),
);
