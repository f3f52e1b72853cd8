import { text as readAll } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { WriteOptions } from '../../client/index.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Acknowledgement, Changes, Item } from '../../lib/model/operation.ts';
import { durability } from '../../lib/settings.ts';
import type { Context, Does } from '../context.ts';
import { CommandError, ExitCode, UsageError } from '../errors.ts';
import { formatMs } from '../format.ts';
import * as values from '../values.ts';

const KEY = 'collection/id; the collection ends at the first slash';

/** Reading and writing single items. */
export function itemCommands(program: Command, does: Does): void {
  does(
    program.command('get').summary('read an item').description('Read an item.').argument('<key>', KEY, values.key),
    get,
  );
  does(
    withWriteOptions(
      program
        .command('put')
        .summary('replace an item, or create it')
        .description('Replace an item, or create it.')
        .argument('<key>', KEY, values.key)
        .argument('<json>', 'its attributes as a JSON object; - for standard input', objectOrDash),
    ),
    put,
  );
  does(
    withWriteOptions(
      program
        .command('patch')
        .summary('change single attributes of an item')
        .description('Change single attributes of an item, or create it. Each option may be repeated; values are JSON.')
        .argument('<key>', KEY, values.key)
        .option('--set <name=json>', 'give an attribute a new value', values.assignment)
        .option(
          '--add <name=json>',
          'add a number, or {"by": n, "min": n, "max": n} for a bounded one',
          values.assignment,
        )
        .option('--max <name=number>', 'keep the greater number', values.numberAssignment)
        .option('--min <name=number>', 'keep the smaller number', values.numberAssignment)
        .option('--remove <name>', 'take an attribute away', values.names),
    ),
    patch,
  );
  does(
    withWriteOptions(
      program
        .command('delete')
        .summary('delete an item')
        .description('Delete an item; one that is not there is fine.')
        .argument('<key>', KEY, values.key),
    ),
    remove,
  );
}

/** The level of a write. */
export function durabilityOption(): Option {
  return new Option(
    '--durability <level>',
    "what an acknowledgement promises; without it, as the collection's policy says",
  ).choices(durability.options);
}

function withWriteOptions(command: Command): Command {
  return command
    .addOption(durabilityOption())
    .option('--actor <name>', 'who writes')
    .option('--comment <text>', 'why')
    .option(
      '--if-match <version>',
      'only if the item has this version, exists (*), or does not (none)',
      values.condition,
    )
    .option('--idempotency-key <key>', 'writes with the same key and content take place once');
}

function writeOptions(command: Command): WriteOptions {
  const { durability, actor, comment, ifMatch, idempotencyKey } = command.opts<WriteOptions>();
  return {
    ...(durability !== undefined && { durability }),
    ...(actor !== undefined && { actor }),
    ...(comment !== undefined && { comment }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

async function get(context: Context, { processedArgs: [key] }: Command): Promise<ExitCode> {
  const item = await context.api.get(key);
  if (!item) throw new CommandError(`There is no item ${JSON.stringify(key)}.`, 'no-such-item');
  context.print(item, () => itemText(item));
  return ExitCode.done;
}

async function put(context: Context, command: Command): Promise<ExitCode> {
  const [key, given] = command.processedArgs;
  const value = given === '-' ? objectOf(await readAll(context.terminal.input)) : given;
  return acknowledge(context, await context.api.put(key, value, writeOptions(command)));
}

async function patch(context: Context, command: Command): Promise<ExitCode> {
  const { set, add, max, min, remove } = command.opts<Changes>();
  const changes = {
    ...(set && { set }),
    ...(add && { add }),
    ...(max && { max }),
    ...(min && { min }),
    ...(remove && { remove }),
  };
  if (Object.keys(changes).length === 0) throw new UsageError('patch: needs --set, --add, --max, --min or --remove');
  return acknowledge(context, await context.api.patch(command.processedArgs[0], changes, writeOptions(command)));
}

async function remove(context: Context, command: Command): Promise<ExitCode> {
  return acknowledge(context, await context.api.delete(command.processedArgs[0], writeOptions(command)));
}

function acknowledge(context: Context, acknowledgement: Acknowledgement): ExitCode {
  const { key, version, durability, value } = acknowledgement;
  context.print(acknowledgement, () => [
    `${key}  version ${version}, durability ${durability}`,
    ...(value === undefined ? [] : [JSON.stringify(value, null, 2)]),
  ]);
  return ExitCode.done;
}

/** An item as people read it. */
export function itemText({ key, version, source, persisted, lagMs, updatedAt, actor, comment, value }: Item): string[] {
  const stored = persisted ? 'stored' : `not stored yet (${formatMs(lagMs)})`;
  const author = [actor, comment].filter((part) => part !== undefined).join(': ');
  return [
    `${key}  version ${version}, from the ${source}, ${stored}`,
    `written ${updatedAt}${author && ` by ${author}`}`,
    JSON.stringify(value, null, 2),
  ];
}

function objectOrDash(text: string): JsonObject | '-' {
  return text === '-' ? text : values.jsonObject(text);
}

function objectOf(text: string): JsonObject {
  try {
    return values.jsonObject(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(`-: ${error.message}`);
  }
}
