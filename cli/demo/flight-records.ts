import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';

/** One departure of the file. */
export interface FlightRecord {
  /** Row of the file, counted from 0. */
  readonly row: number;
  /** Local time of the departure, `YYYY-MM-DDTHH:MM`. */
  readonly date: string;
  /** Minutes; negative when early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

interface Row {
  readonly date: Date;
  readonly delay: bigint;
  readonly distance: bigint;
  readonly origin: string;
  readonly destination: string;
}

/** Three million domestic flights of 2001, from the package `vega-datasets`. */
export class FlightFile {
  readonly #buffer: Awaited<ReturnType<typeof asyncBufferFromFile>>;
  /** Records in the file. */
  readonly rows: number;

  private constructor(buffer: Awaited<ReturnType<typeof asyncBufferFromFile>>, rows: number) {
    this.#buffer = buffer;
    this.rows = rows;
  }

  /** Opens the file; reads only its index. */
  static async open(): Promise<FlightFile> {
    const path = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')));
    const buffer = await asyncBufferFromFile(path);
    const { num_rows: rows } = await parquetMetadataAsync(buffer);
    return new FlightFile(buffer, Number(rows));
  }

  /** The record at a row. */
  async record(row: number): Promise<FlightRecord> {
    const [record] = await this.#read(row, row + 1);
    return record!;
  }

  /** The first `count` records in the order of time; at the same minute in the order of the file. */
  async first(count: number): Promise<FlightRecord[]> {
    const records = await this.#read(0, count);
    return records.sort((a, b) => (a.date < b.date ? -1 : Number(a.date > b.date)));
  }

  async #read(rowStart: number, rowEnd: number): Promise<FlightRecord[]> {
    const rows = (await parquetReadObjects({
      file: this.#buffer,
      rowStart,
      rowEnd,
      compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
    })) as unknown as Row[];
    return rows.map(({ date, delay, distance, origin, destination }, index) => ({
      row: rowStart + index,
      // The file has local times without a zone; seconds are always zero.
      date: date.toISOString().slice(0, 16),
      delay: Number(delay),
      distance: Number(distance),
      origin,
      destination,
    }));
  }
}
