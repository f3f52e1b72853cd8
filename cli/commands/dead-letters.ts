import type { Command } from 'commander';
import type {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterOutcome,
  DeadLetterSelection,
} from '../../lib/dead-letters/types.ts';
import type { Context, Does } from '../context.ts';
import { CommandError, ExitCode, UsageError } from '../errors.ts';
import { formatCount } from '../format.ts';
import { type PagingOptions, printEntries, withPaging } from '../paging.ts';

/** Ids that the API takes at once. */
const IDS = 100;

/** What DynamoDB refused for good. */
export function deadLetterCommands(program: Command, does: Does): void {
  const group = program
    .command('dead-letters')
    .summary('deal with what the database refused for good')
    .description('Deal with what the database refused for good.');

  const list = group
    .command('list')
    .summary('show them')
    .description(
      'Show them, the oldest failure first. With --json each is a line. Needs nobody else to look at the same time.',
    );
  does(withPaging(list), async (context, command) => {
    let complete = true;
    const readPage = async (limit: number, cursor: string | undefined) => {
      const page = await context.api.deadLetters.list({ limit, ...(cursor !== undefined && { cursor }) });
      complete &&= page.complete;
      return { entries: page.deadLetters, cursor: page.cursor };
    };
    await printEntries(context, command.opts<PagingOptions>(), readPage, letterText);
    if (!complete) context.terminal.line('Not all could be looked at: look again.');
    return ExitCode.done;
  });

  const show = group
    .command('show')
    .summary('show one, beside its item')
    .description('Show what one carries, the item as it is now, and what a redrive would lead to.')
    .argument('<id>', 'as the list gives it');
  does(show, async (context, command) => {
    const [id] = command.processedArgs;
    const letter = await context.api.deadLetters.show(id);
    if (!letter) throw new CommandError(`There is no dead letter ${JSON.stringify(id)}.`, 'no-such-dead-letter');
    context.print(letter, () => detailText(letter));
    return ExitCode.done;
  });

  const redrive = group
    .command('redrive')
    .summary('send them to the queue again')
    .description('Send them to the queue again, when the cause is gone; harmless to repeat.');
  does(withSelection(redrive), (context, command) =>
    treat(context, command, (which) => context.api.deadLetters.redrive(which)),
  );

  const discard = group
    .command('discard')
    .summary('give them up')
    .description('Give them up: their items go back to what the table holds. Cannot be undone; harmless to repeat.')
    .requiredOption('--actor <name>', 'who gives them up; required')
    .requiredOption('--comment <text>', 'why; required');
  does(withSelection(discard), (context, command) =>
    treat(context, command, (which) => context.api.deadLetters.discard(which, authorOf(command))),
  );
}

function withSelection(command: Command): Command {
  return command.argument('[id...]', 'ids, as the list gives them').option('--all', 'every one, instead of ids');
}

function authorOf(command: Command): { actor: string; comment: string } {
  const { actor, comment } = command.opts<{ actor: string; comment: string }>();
  return { actor, comment };
}

/** In requests of as many ids as the API takes; of all, until all were looked at. */
async function treat(
  context: Context,
  command: Command,
  act: (which: DeadLetterSelection) => Promise<DeadLetterOutcome>,
): Promise<ExitCode> {
  const ids: readonly string[] = command.processedArgs[0];
  const { all = false } = command.opts<{ all?: boolean }>();
  if (all === ids.length > 0) throw new UsageError(`dead-letters ${command.name()}: needs either ids or --all`);
  let done = 0;
  let complete = true;
  const failed = new Map<string, string>();
  const take = (outcome: DeadLetterOutcome): DeadLetterOutcome => {
    done += outcome.done;
    complete = outcome.complete;
    for (const { id, reason } of outcome.failed) failed.set(id, reason);
    return outcome;
  };
  if (all) {
    // One that gets nowhere will not get further.
    while (take(await act({ all: true })).done > 0 && !complete);
  }
  for (let start = 0; start < ids.length; start += IDS) {
    take(await act({ ids: ids.slice(start, start + IDS) }));
  }
  const result = { done, failed: [...failed].map(([id, reason]) => ({ id, reason })), complete };
  context.print(result, () => [
    `${formatCount(done)} done, ${formatCount(failed.size)} failed${complete ? '' : ', not all could be looked at'}`,
    ...result.failed.map(({ id, reason }) => `  ${id}: ${reason}`),
  ]);
  return failed.size > 0 || !complete ? ExitCode.failed : ExitCode.done;
}

function letterText({ id, key, reason, receiveCount, failedAt }: DeadLetter): string[] {
  return [`${id}  ${key ?? '(no signal)'}`, `  failed ${failedAt} after ${receiveCount} receives: ${reason}`];
}

function detailText(letter: DeadLetterDetail): string[] {
  const { signal, text, item, redrive } = letter;
  const shown = (name: string, value: unknown) => `  ${name.padEnd(9)} ${JSON.stringify(value)}`;
  return [
    ...letterText(letter),
    ...(signal ? [shown('message', signal)] : []),
    ...(text === undefined ? [] : [shown('message', text)]),
    ...(item ? [shown('cache', item.cache), shown('database', item.database)] : []),
    `  a redrive ${FORECASTS[redrive]}`,
  ];
}

const FORECASTS: Readonly<Record<DeadLetterDetail['redrive'], string>> = {
  stores: 'stores it: the table has nothing newer',
  nothing: 'changes nothing: the table has this version or a newer one',
  lost: 'cannot help: neither the message nor the cache has the value',
  refused: 'is refused: the message is no signal',
};
