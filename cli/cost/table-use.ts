import { MAX_GROUP_BYTES } from '../../lib/history/groups.ts';
import { figureOf } from './figures.ts';
import type { Workload } from './workload.ts';

/** Write units of an item of so many bytes. */
export function writeUnitsOf(bytes: number): number {
  return Math.ceil(bytes / figureOf('writeUnitBytes'));
}

/** Bytes of an item as we store it. */
export function storedBytes({ itemBytes }: Workload): number {
  return itemBytes + figureOf('ownBytes');
}

/** Bytes of a write in the history. As if every write were a put: a patch is as long as what it changes. */
export function changeBytes({ itemBytes }: Workload): number {
  return itemBytes + figureOf('changeBytes');
}

/** Write units for the changes of one store: an item of the history for all of them, or several for long ones. */
export function historyUnitsOf(changes: number, workload: Workload): number {
  const bytes = changeBytes(workload);
  const changesPerItem = changesOfItem(changes, workload);
  const fullItems = Math.floor(changes / changesPerItem);
  const restBytes = (changes - fullItems * changesPerItem) * bytes;
  return fullItems * writeUnitsOf(changesPerItem * bytes) + writeUnitsOf(restBytes);
}

/** Read units of a look whether a message's write is in the history already. */
export function lookUnitsOf(changes: number, workload: Workload): number {
  return Math.ceil((changesOfItem(changes, workload) * changeBytes(workload)) / figureOf('readUnitBytes'));
}

function changesOfItem(changes: number, workload: Workload): number {
  return Math.max(1, Math.min(changes, Math.floor(MAX_GROUP_BYTES / changeBytes(workload))));
}
