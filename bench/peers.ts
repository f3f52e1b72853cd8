/**
 * `npm run bench:peers`: write-behind beside other caches that store behind their writes, in turns on the same machine. Needs a JDK from 17
 * on and Maven.
 *
 *     npm run bench:peers -- --only W1 --repeats 1
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { opsText, WORKLOADS, type WorkloadName } from './peer/workloads.ts';
import { PEERS, type PeerName, peerCommands } from './peers/programs.ts';
import { peersTable } from './peers/report.ts';
import { type PeerRun, runPeer } from './peers/run.ts';
import { peerTargets, type RunsOfPeers } from './peers/targets.ts';
import { fillIn } from './report/docs.ts';
import { formatNumber } from './report/format.ts';
import { describeMachine, machineText } from './report/machine.ts';
import { targetsTable } from './report/report.ts';
import { tableMarkdown, tableText } from './report/table.ts';

const PAGE = new URL('../docs/comparison.md', import.meta.url);
const USAGE = `npm run bench:peers -- [--only W1|W3|W4] [--repeats N] [--ops N] [--json FILE] [--write-docs]

  --only WORKLOAD  one of them
  --repeats N      runs of each, in turns; default 3
  --ops N          fewer operations than the workload has: only to see that it works
  --json FILE      writes every run there
  --write-docs     writes the tables of a whole run into docs/comparison.md`;

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: 'string' },
        repeats: { type: 'string', default: '3' },
        ops: { type: 'string' },
        json: { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const names = (Object.keys(WORKLOADS) as WorkloadName[]).filter((name) => name === (values.only ?? name));
    if (names.length === 0) throw new Error(`There is no workload ${values.only}.`);
    for (const option of ['repeats', 'ops'] as const) {
      const text = values[option] ?? '1';
      if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${option}: must be a whole number from 1 on, not "${text}"`);
    }
    if (values['write-docs'] && (values.only || values.ops)) {
      throw new Error('--write-docs needs a whole run: neither --only nor --ops.');
    }
    const ops = values.ops === undefined ? undefined : Number(values.ops);
    return { ...values, names, ops, repeats: Number(values.repeats) };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { names, repeats, ops, json, help, 'write-docs': writeDocs } = optionsOf(process.argv.slice(2));
if (help) {
  console.log(USAGE);
  process.exit(0);
}

const startedAt = new Date().toISOString();
const machine = await describeMachine();
const description = `${startedAt.slice(0, 10)}, ${machineText(machine)} Medians of ${repeats} repeats.`;
console.log(description);
const commands = peerCommands();
const blocks = new Map([['machine', description]]);
const results: Partial<Record<WorkloadName, RunsOfPeers>> = {};
for (const workload of names) {
  const text = opsText(workload, ops);
  const runs: Record<PeerName, PeerRun[]> = { Redisson: [], Hazelcast: [], 'write-behind': [] };
  for (let turn = 1; turn <= repeats; turn += 1) {
    for (const name of PEERS) {
      console.error(`${workload}, turn ${turn} of ${repeats}: ${name} …`);
      runs[name].push(await runPeer(commands[name], text));
    }
  }
  const { what, header } = WORKLOADS[workload];
  const table = peersTable(workload, `${workload}: ${formatNumber(ops ?? header.ops, 'count')} ${what}`, runs);
  console.log(`\n${tableText(table)}`);
  blocks.set(workload, `**${table.title}**\n\n${tableMarkdown(table)}`);
  results[workload] = runs;
}
if (isWhole(results)) {
  const targets = targetsTable(peerTargets(results));
  console.log(`\n${tableText(targets)}`);
  blocks.set('targets', tableMarkdown(targets));
}
if (json) writeFileSync(json, `${JSON.stringify({ startedAt, repeats, machine, results }, undefined, 2)}\n`);
if (writeDocs) writeFileSync(PAGE, fillIn(readFileSync(PAGE, 'utf8'), blocks));

function isWhole(some: Partial<Record<WorkloadName, RunsOfPeers>>): some is Record<WorkloadName, RunsOfPeers> {
  return Object.keys(WORKLOADS).every((name) => Object.hasOwn(some, name));
}
