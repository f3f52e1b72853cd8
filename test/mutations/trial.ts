import { join, relative } from 'node:path';
import { createVitest, type TestCase, type Vitest } from 'vitest/node';
import { BrokenCopy } from './broken-copy.ts';
import type { Edit } from './mutation.ts';

/** Made anew from the Lua files after each change. */
const SCRIPTS = 'lib/cache/scripts.generated.ts';

/** What tests made of a change. */
export interface Verdict {
  /** The first test that failed; none where all stayed green. */
  readonly noticedBy: string | undefined;
  /** The file that it is in. */
  readonly file: string | undefined;
  /** How many tests passed until then. */
  readonly passed: number;
}

interface Ended {
  passed: number;
  readonly failed: TestCase[];
}

/** A copy of the checkout in which tests run again and again, by one Vitest: only what a change touches is transformed anew. */
export class Trial {
  readonly #copy: BrokenCopy;
  readonly #vitest: Vitest;
  /** Tests of the current run that ended so. */
  readonly #ended: Ended;

  private constructor(copy: BrokenCopy, vitest: Vitest, ended: Ended) {
    this.#copy = copy;
    this.#vitest = vitest;
    this.#ended = ended;
  }

  /** Copies the checkout. */
  static async start(): Promise<Trial> {
    const copy = new BrokenCopy();
    const ended: Ended = { passed: 0, failed: [] };
    const reporter = {
      onTestCaseResult(test: TestCase) {
        const { state } = test.result();
        if (state === 'passed') ended.passed += 1;
        if (state !== 'failed') return;
        ended.failed.push(test);
        // Others may wait long for what the change has made impossible, and say nothing more.
        void vitest.cancelCurrentRun('test-failure');
      },
    };
    // Isolated, so that no file runs with what was imported before a change.
    const options = { root: copy.directory, watch: false, maxWorkers: 1, isolate: true, reporters: [reporter] };
    const vitest = await createVitest('test', options);
    return new Trial(copy, vitest, ended);
  }

  /** Makes changes, runs tests until the first one fails, and takes the changes back. */
  async run(edits: readonly Edit[], tests: string): Promise<Verdict> {
    const repair = this.#copy.break(edits);
    try {
      this.#forget(edits);
      this.#ended.passed = 0;
      this.#ended.failed.length = 0;
      const specifications = await this.#vitest.globTestSpecifications([tests]);
      if (specifications.length === 0) throw new Error(`There are no tests ${tests}.`);
      await this.#vitest.runTestSpecifications(specifications);
      const { passed, failed } = this.#ended;
      const [first] = failed;
      const file = first && relative(this.#copy.directory, first.module.moduleId);
      return { noticedBy: first?.name, file, passed };
    } finally {
      repair();
      this.#forget(edits);
    }
  }

  /** Ends it, and removes the copy. */
  async close(): Promise<void> {
    await this.#vitest.close();
    this.#copy.remove();
  }

  /** What was read from these files holds no more. */
  #forget(edits: readonly Edit[]): void {
    for (const file of [...edits.map(({ file }) => file), SCRIPTS]) {
      this.#vitest.invalidateFile(join(this.#copy.directory, file));
    }
  }
}
