import type { Content } from './content.ts';
import type { Facts, Happened } from './facts.ts';

/** Whether an image contains a write, or a newer put or delete in its place. */
export function covers(facts: Facts, image: Content, { write, execution }: Happened): boolean {
  if (image.version < execution.version) return false;
  return image.patches.has(write.id) || resetVersion(facts, write.key, image) >= execution.version;
}

/**
 * Version of the put or delete that an image goes back to: of deletes, which leave no trace, and of a put that took place again, each time
 * with the same mark, the newest one that fits: the patches of the image came after it.
 */
export function resetVersion(facts: Facts, key: string, { version, deleted, put, patches }: Content): number {
  if (deleted) return version;
  const executions = facts.executionsOf(key).filter(({ execution }) => execution.version <= version);
  const newestOf = (id: number) =>
    Math.max(0, ...executions.filter(({ write }) => write.id === id).map(({ execution }) => execution.version));
  if (put !== undefined) {
    const oldest = Math.min(Infinity, ...[...patches].map(newestOf));
    const puts = executions.filter(({ write }) => write.id === put).map(({ execution }) => execution.version);
    return Math.max(0, ...puts.filter((each) => each < oldest)) || newestOf(put);
  }
  const oldestPatch = Math.min(...[...patches].map(newestOf));
  const deletes = executions.filter(({ write }) => write.kind === 'delete').map(({ execution }) => execution.version);
  return Math.max(0, ...deletes.filter((each) => each < oldestPatch));
}
