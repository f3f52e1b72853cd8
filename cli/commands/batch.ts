import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { BatchOperation, BatchResult } from '../../client/index.ts';
import { WriteBehindError } from '../../lib/errors.ts';
import { parseJson } from '../../lib/model/json.ts';
import type { Durability } from '../../lib/settings.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode, UsageError } from '../errors.ts';
import { formatCount } from '../format.ts';
import { type Line, linesOf } from '../input.ts';
import { durabilityOption } from './items.ts';

/** Operations that the API takes at once. */
const OPERATIONS = 100;

/** Many operations from a file. */
export function batchCommand(program: Command, does: Does): void {
  const command = program
    .command('batch')
    .summary('carry out operations from a file')
    .description(
      'Carry out operations from a file, a JSON object on each line, as POST /batch takes them: {"op": "put", "key": "flights/1", ' +
        '"value": {…}}. They are sent in order, 100 in a request, one request after the other, so those on one key keep their order. ' +
        'One that fails fails alone; the results say which.',
    )
    .argument('<file>', 'a file, or - for standard input')
    .addOption(durabilityOption());
  does(command, batch);
}

async function batch(context: Context, command: Command): Promise<ExitCode> {
  const [file] = command.processedArgs;
  const options = command.opts<{ durability?: Durability }>();
  let done = 0;
  let failed = 0;
  let pauseSeconds = 0;
  const send = async (lines: readonly Line[]) => {
    // Where the API had no room for some, it has none for the next ones either.
    await wait(pauseSeconds * 1000);
    pauseSeconds = 0;
    const results = await context.api.batch(operationsOf(lines), options);
    for (const [index, result] of results.entries()) {
      const { number } = lines[index]!;
      if ('problem' in result) {
        failed += 1;
        pauseSeconds = Math.max(pauseSeconds, Number(result.problem.retryAfterSeconds ?? 0));
      } else {
        done += 1;
      }
      context.print({ line: number, ...result }, () => `${number}: ${resultText(result)}`);
    }
  };
  let lines: Line[] = [];
  for await (const line of linesOf(file, context.terminal)) {
    if (lines.push(line) < OPERATIONS) continue;
    await send(lines);
    lines = [];
  }
  if (lines.length > 0) await send(lines);
  context.terminal.line(`${formatCount(done)} done, ${formatCount(failed)} failed`);
  return failed > 0 ? ExitCode.failed : ExitCode.done;
}

/** Only whether it is JSON is checked; what an operation may be is the API's to say, for each. */
function operationsOf(lines: readonly Line[]): BatchOperation[] {
  return lines.map(({ number, text }) => {
    try {
      return parseJson(text) as unknown as BatchOperation;
    } catch (error) {
      if (!(error instanceof WriteBehindError)) throw error;
      const first = lines[0]!.number;
      const message = `line ${number}: ${error.message} Nothing${first > 1 ? ` from line ${first} on` : ''} was sent.`;
      throw new UsageError(message, { cause: error });
    }
  });
}

function resultText(result: BatchResult): string {
  if ('problem' in result) return `${result.status}  ${result.key ?? ''}  ${result.problem.detail}`;
  const { status, key, version, durability, value } = result;
  const shown = value === undefined ? '' : `  ${JSON.stringify(value)}`;
  return `${status}  ${key}  version ${version}${durability ? `, durability ${durability}` : ''}${shown}`;
}
