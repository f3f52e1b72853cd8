import { closeSync, openSync, writeSync } from 'node:fs';

const COUNT_BYTES = 8;
const TWO_TO_32 = 2 ** 32;

/**
 * How many operations of each lane were acknowledged: a file of little-endian 64-bit integers, one for each lane. A count is in the
 * kernel when `add` returns, so that it outlives this process, however that ends.
 */
export class Acks {
  readonly #file: number;
  readonly #counts: number[];
  readonly #bytes = Buffer.alloc(COUNT_BYTES);

  /** Makes the file, or sets all its counts to 0. */
  constructor(path: string, lanes: number) {
    this.#file = openSync(path, 'w');
    this.#counts = Array.from({ length: lanes }, () => 0);
    writeSync(this.#file, Buffer.alloc(COUNT_BYTES * lanes));
  }

  /** Counts one more acknowledgement of a lane. */
  add(lane: number): void {
    const count = this.#counts[lane]! + 1;
    this.#counts[lane] = count;
    this.#bytes.writeUInt32LE(count % TWO_TO_32, 0);
    this.#bytes.writeUInt32LE(Math.floor(count / TWO_TO_32), 4);
    writeSync(this.#file, this.#bytes, 0, COUNT_BYTES, COUNT_BYTES * lane);
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file);
  }
}
