import type { Command } from 'commander';
import type { HistoryEntry } from '../../lib/history/history-reader.ts';
import type { Does } from '../context.ts';
import { type PagingOptions, printEntries, withPaging } from '../paging.ts';
import * as values from '../values.ts';
import { itemText } from './items.ts';

/** What is long, newest first. */
export function listCommands(program: Command, does: Does): void {
  const list = program
    .command('list')
    .summary('show the items of a listable collection')
    .description('Show the items of a listable collection, those created last first. With --json each is a line.')
    .argument('<collection>', 'a collection that is declared listable');
  does(withPaging(list), async (context, command) => {
    const [collection] = command.processedArgs;
    const readPage = async (limit: number, cursor: string | undefined) => {
      const page = await context.api.list(collection, { limit, ...(cursor !== undefined && { cursor }) });
      return { entries: page.items, cursor: page.cursor };
    };
    return printEntries(context, command.opts<PagingOptions>(), readPage, itemText);
  });

  const history = program
    .command('history')
    .summary('show who changed an item')
    .description('Show who changed an item of an audited collection, newest first. With --json each change is a line.')
    .argument('<key>', 'collection/id', values.key);
  does(withPaging(history), async (context, command) => {
    const [key] = command.processedArgs;
    const readPage = async (limit: number, cursor: string | undefined) => {
      const page = await context.api.history(key, { limit, ...(cursor !== undefined && { cursor }) });
      return { entries: page.history, cursor: page.cursor };
    };
    return printEntries(context, command.opts<PagingOptions>(), readPage, changeText);
  });
}

function changeText({ at, version, op, actor, comment, set, removed }: HistoryEntry): string[] {
  const author = [actor, comment].filter((part) => part !== undefined).join(': ');
  return [
    `${at}  ${op}, version ${version}${author && `, by ${author}`}`,
    ...(set === undefined ? [] : [`  ${JSON.stringify(set)}`]),
    ...(removed?.length ? [`  without ${removed.join(', ')}`] : []),
  ];
}
