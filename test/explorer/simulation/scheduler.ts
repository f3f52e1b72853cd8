/** Where a step of the product leaves the process: each is one round trip. */
export type Seam = 'valkey' | 'table' | 'queue' | 'timer' | 'client';

/** A step that waits to be released. */
export interface Task {
  /** Who takes it, such as `flush 2`. */
  readonly by: string;
  readonly seam: Seam;
  /** What it does, in the field's words. */
  readonly what: string;
  /** Does it, and says what came of it. */
  readonly perform: () => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What happens to a step instead of its answer. */
export interface Mishap {
  /** Whether it is carried out nevertheless. */
  readonly performed: boolean;
  /** What its caller gets; a caller that crashes gets nothing. */
  readonly error?: Error;
}

/**
 * Holds every step back until it is released. A released step is carried out to its end, and everybody goes on as far as he
 * can, before the next one is: so the order of the releases is the whole of the schedule.
 */
export class Scheduler {
  readonly pending: Task[] = [];

  /** Holds a step back; resolves with its answer. */
  schedule<T>(by: string, seam: Seam, what: string, perform: () => unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.pending.push({ by, seam, what, perform, resolve: resolve as Task['resolve'], reject });
    });
  }

  /** Carries a step out; returns its answer, or the error that it ended with. */
  async release(task: Task, mishap?: Mishap): Promise<unknown> {
    this.pending.splice(this.pending.indexOf(task), 1);
    let answer: unknown;
    try {
      answer = mishap?.performed === false ? undefined : await task.perform();
      if (!mishap) task.resolve(answer);
      else if (mishap.error) task.reject(mishap.error);
    } catch (error) {
      answer = error;
      task.reject(error as Error);
    }
    await this.quiet();
    return answer;
  }

  /** Gives up all steps of somebody who crashed. */
  drop(by: string): void {
    for (let i = this.pending.length - 1; i >= 0; i -= 1) if (this.pending[i]!.by === by) this.pending.splice(i, 1);
  }

  /**
   * Waits until nobody can go on. Whoever goes on does so in microtasks; only sends gather until the end of the turn, by
   * `setImmediate`, which the second turn waits for.
   */
  async quiet(): Promise<void> {
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
}
