import type { Command } from 'commander';
import { HISTORY_TABLE, postgresSchema, TABLE } from '../../lib/store/postgres/schema.ts';
import type { Does } from '../context.ts';
import { ExitCode } from '../errors.ts';

interface Options {
  readonly url?: string;
  readonly table: string;
  readonly historyTable: string;
}

/** Making the tables in PostgreSQL. */
export function postgresSchemaCommand(program: Command, does: Does): void {
  const command = program
    .command('postgres-schema')
    .summary('print the tables that PostgreSQL needs, or make them')
    .description(
      'Print the SQL that makes the tables of the items and of the history in PostgreSQL, or with --url make them. What is there already stays ' +
        'as it is. It does not call the API.',
    )
    .option('--url <url>', 'postgres://USER:PASSWORD@HOST:5432/DATABASE of a user who may create tables')
    .option('--table <name>', 'name of the table of the items', TABLE)
    .option('--history-table <name>', 'name of the table of the history', HISTORY_TABLE);
  does(command, async (context, command) => {
    const { url, table, historyTable } = command.opts<Options>();
    const tables = { tableName: table, historyTableName: historyTable };
    if (url === undefined) {
      const sql = postgresSchema(tables);
      context.print({ sql }, () => sql.trimEnd());
      return ExitCode.done;
    }
    const { applySchema } = await import('../../lib/store/postgres/apply-schema.ts');
    await applySchema(url, tables);
    context.print({ tables: [table, historyTable] }, () => `There are tables ${table} and ${historyTable}.`);
    return ExitCode.done;
  });
}
