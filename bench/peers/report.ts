import { formatCell } from '../report/format.ts';
import { type Spread, spreadOf } from '../report/spread.ts';
import type { Table } from '../report/table.ts';
import { PEERS, type PeerName } from './programs.ts';
import type { PeerRun } from './run.ts';
import type { RunsOfPeers } from './targets.ts';

/** As they are named in tables. */
const NAMES: Readonly<Record<PeerName, string>> = {
  Redisson: 'Redisson',
  Hazelcast: 'Hazelcast, within the process',
  'write-behind': 'write-behind',
};

/** The peers beside each other; ratios are to the first one's run of the same turn. */
export function peersTable(id: string, title: string, peers: RunsOfPeers): Table {
  const [first] = PEERS;
  const base = peers[first];
  return {
    id,
    title,
    columns: [
      { id: 'name', title: '', unit: 'text' },
      { id: 'ratio', title: `of ${first}`, unit: 'times' },
      { id: 'rate', title: 'writes/s', unit: 'perSecond' },
      { id: 'p50', title: 'p50', unit: 'ms' },
      { id: 'p99', title: 'p99', unit: 'ms' },
      { id: 'items', title: 'item writes', unit: 'count' },
      { id: 'coalesced', title: 'writes per item write', unit: 'ratio' },
      { id: 'drained', title: 'all stored after', unit: 'text' },
      { id: 'wrong', title: 'wrong in the table', unit: 'count' },
    ],
    rows: PEERS.map((name) => ({ name, runs: peers[name] })).map(({ name, runs }) => ({
      name: NAMES[name],
      ratio: spreadOf(runs.map(({ rate }, turn) => rate / base[turn]!.rate)),
      rate: spreadOf(runs.map(({ rate }) => rate)),
      p50: spreadOf(runs.map(({ p50 }) => p50)),
      p99: spreadOf(runs.map(({ p99 }) => p99)),
      items: spreadOf(runs.map(({ dbItems }) => dbItems)),
      coalesced: spreadOf(runs.map(({ ops, dbItems }) => ops / dbItems)),
      drained: drainedText(runs),
      wrong: spreadOf(runs.map(({ wrong }) => wrong)),
    })),
  };
}

function drainedText(runs: readonly PeerRun[]): string {
  const ended = runs.filter(({ drainMs }) => drainMs >= 0);
  if (ended.length === 0) return 'never';
  const spread: Spread = spreadOf(ended.map(({ drainMs }) => drainMs));
  const text = formatCell(spread, 'ms');
  return ended.length === runs.length ? text : `${text}; never in ${runs.length - ended.length} of ${runs.length}`;
}
