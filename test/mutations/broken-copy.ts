import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Edit } from './mutation.ts';

/** The checkout that is copied. */
export const root = join(import.meta.dirname, '../..');

/** A copy of the checkout that is broken and repaired; the checkout itself is never touched. */
export class BrokenCopy {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'write-behind-mutation-'));
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const file of files.toString().split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(this.directory, file)), { recursive: true });
      cpSync(join(root, file), join(this.directory, file));
    }
    symlinkSync(join(root, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** Makes changes; returns what takes them back. */
  break(edits: readonly Edit[]): () => void {
    const repairs = edits.map((edit) => this.#apply(edit));
    execFileSync(process.execPath, ['lib/cache/embed-scripts.ts'], { cwd: this.directory });
    return () => {
      for (const repair of repairs.toReversed()) repair();
    };
  }

  /** A change must fit exactly once, so that it cannot rot unnoticed. */
  #apply({ file, find, replace }: Edit): () => void {
    const path = join(this.directory, file);
    const original = readFileSync(path, 'utf8');
    const places = original.split(find).length - 1;
    if (places !== 1) throw new Error(`${file}: the text to replace stands there ${places} times:\n${find}`);
    writeFileSync(
      path,
      original.replace(find, () => replace),
    );
    return () => writeFileSync(path, original);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
