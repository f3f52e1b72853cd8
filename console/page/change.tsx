import { useState } from 'preact/hooks';
import type { WriteOptions } from '../../client/index.ts';
import type { Consistency } from '../../lib/insight/types.ts';
import { type Json, type JsonObject, parseJson } from '../../lib/model/json.ts';
import type { Acknowledgement, Increment } from '../../lib/model/operation.ts';
import { Button, Outcome, useAction } from './action.tsx';
import { api } from './api.ts';
import { type Author, AuthorFields, authorOf } from './author.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import type { Acknowledged } from './travel.tsx';

const KINDS = { put: 'Put', set: 'Set', add: 'Increment' } as const;
type Kind = keyof typeof KINDS;

/** The fields as they were typed. */
interface Fields {
  readonly json: string;
  readonly attribute: string;
  readonly value: string;
  readonly by: string;
  readonly min: string;
  readonly max: string;
}

/** Changes an item: puts it whole, sets one attribute, increments one, or deletes it. */
export function Change(props: {
  readonly itemKey: string;
  readonly item: Consistency;
  readonly onWritten: (written: Acknowledged) => void;
}) {
  const { itemKey, item, onWritten } = props;
  const [kind, setKind] = useState<Kind>('put');
  const [fields, setFields] = useState<Fields>(() => ({
    json: JSON.stringify(item.cache?.value ?? item.database?.value ?? {}, null, 2),
    attribute: '',
    value: '',
    by: '1',
    min: '',
    max: '',
  }));
  const [author, setAuthor] = useState<Author>({ actor: '', comment: '', durability: '' });
  const [deleting, setDeleting] = useState(false);

  const write = useAction(async (send: () => Promise<Acknowledgement>) => {
    const sentAt = performance.now();
    const { version, durability } = await send();
    onWritten({ version, durability, sentAt, tookMs: performance.now() - sentAt });
    return undefined;
  });
  const submit = () => write.run(async () => sendChange(kind, itemKey, fields, authorOf(author)));
  const text = (name: keyof Fields, label: string, hint: string) => (
    <label>
      {label}
      <input
        name={name}
        value={fields[name]}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setFields({ ...fields, [name]: currentTarget.value })}
      />
    </label>
  );

  return (
    <section class="panel" aria-labelledby="change-title">
      <h2 id="change-title">Change</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <fieldset class="segments">
          <legend class="hidden-text">Kind of change</legend>
          {Object.entries(KINDS).map(([value, label]) => (
            <label key={value}>
              <input type="radio" name="kind" checked={kind === value} onChange={() => setKind(value as Kind)} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        {kind === 'put' && (
          <label>
            Value, a JSON object that replaces the item
            <textarea
              name="json"
              rows={8}
              spellcheck={false}
              value={fields.json}
              onInput={({ currentTarget }) => setFields({ ...fields, json: currentTarget.value })}
            />
          </label>
        )}
        {kind === 'set' && (
          <div class="row">
            {text('attribute', 'Attribute', 'gate')}
            {text('value', 'Value, as JSON', '"B7"')}
          </div>
        )}
        {kind === 'add' && (
          <div class="row">
            {text('attribute', 'Attribute', 'delay')}
            {text('by', 'By', '-5')}
            {text('min', 'Not below (optional)', '0')}
            {text('max', 'Not above (optional)', '')}
          </div>
        )}
        <AuthorFields author={author} onChange={setAuthor} />
        <div class="buttons">
          <Button type="submit" kind="primary" pending={write.pending}>
            {KINDS[kind]}
          </Button>
          <Button kind="danger" pending={write.pending} onClick={() => setDeleting(true)}>
            Delete…
          </Button>
        </div>
        <Outcome result={write.result} />
      </form>
      {deleting && (
        <DeleteDialog
          itemKey={itemKey}
          onClose={() => setDeleting(false)}
          onDelete={(options) => write.run(() => api.delete(itemKey, options))}
        />
      )}
    </section>
  );
}

function sendChange(kind: Kind, key: string, fields: Fields, options: WriteOptions): Promise<Acknowledgement> {
  const { attribute, json, value } = fields;
  if (kind === 'put') return api.put(key, objectOf(json), options);
  if (attribute === '') throw new TypeError('Name the attribute.');
  // By `fromEntries`, so that an attribute called `__proto__` is one like any other.
  const of = <T,>(change: T) => Object.fromEntries([[attribute, change]]);
  return kind === 'set'
    ? api.patch(key, { set: of(jsonOf(value)) }, options)
    : api.patch(key, { add: of(incrementOf(fields)) }, options);
}

function incrementOf({ by, min, max }: Fields): Increment {
  const number = (text: string, what: string): number => {
    if (text.trim() === '' || !Number.isFinite(Number(text))) throw new TypeError(`${what} must be a number.`);
    return Number(text);
  };
  return {
    by: number(by, 'By'),
    ...(min !== '' && { min: number(min, 'Not below') }),
    ...(max !== '' && { max: number(max, 'Not above') }),
  };
}

/** Refuses what JavaScript would change in silence, such as a number of 20 digits. */
function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    const { cause, message } = error as Error;
    throw new TypeError(cause instanceof Error ? `${message} ${cause.message}` : message);
  }
}

function objectOf(text: string): JsonObject {
  const value = jsonOf(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError('An item is a JSON object, such as {"delay": 12}.');
}
