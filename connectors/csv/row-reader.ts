import { type Chunk, InputError, show } from '../../core/index.ts';
import { badTime, type CsvColumns } from './csv-columns.ts';
import { parseDecimal, parseTime } from './time-format.ts';

/** The rows that could be read, and the fault that stopped the reading. */
export interface ReadRows {
  readonly chunk: Chunk | undefined;
  readonly fault: InputError | undefined;
}

/** Turns the records of one CSV, in order, into chunks of float64 values. */
export class RowReader {
  readonly #columns: CsvColumns;
  readonly #streamId: string;
  readonly #source: string;
  readonly #acceptsBackwardTime: boolean;
  #row = 0;
  #lastTimeMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    readonly columns: CsvColumns;
    readonly streamId: string;
    readonly source: string;
    readonly onBackwardTime: 'error' | 'accept';
  }) {
    this.#columns = options.columns;
    this.#streamId = options.streamId;
    this.#source = options.source;
    this.#acceptsBackwardTime = options.onBackwardTime === 'accept';
  }

  /** Rows read so far. */
  get row(): number {
    return this.#row;
  }

  /** Reads records up to the first that is at fault; afterwards the reader is not used again. */
  read(records: readonly (readonly string[])[]): ReadRows {
    const { values, time } = this.#columns;
    const channels = values.length;
    const samples = new Float64Array(records.length * channels); // [T, channels]
    const times = new Float64Array(records.length);
    const timeTexts: string[] = [];
    const startSample = this.#row;
    let fault: InputError | undefined;
    for (const record of records) {
      const at = this.#row - startSample;
      fault = this.#readRow(record, samples, at * channels);
      if (fault !== undefined) break;
      times[at] = this.#lastTimeMs;
      if (time !== undefined) timeTexts.push(record[time.index]!);
      this.#row++;
    }
    const length = this.#row - startSample;
    if (length === 0) return { chunk: undefined, fault };
    const base = { streamId: this.#streamId, startSample, sampleRateHz: 0, channels };
    const kept = samples.subarray(0, length * channels);
    const eventTimesMs = times.subarray(0, length);
    const chunk: Chunk =
      time === undefined
        ? { ...base, samples: kept, eventTimeMs: undefined }
        : { ...base, samples: kept, eventTimeMs: eventTimesMs[0], eventTimesMs, timeTexts };
    return { chunk, fault };
  }

  #readRow(record: readonly string[], samples: Float64Array, offset: number): InputError | undefined {
    const { header, values, time } = this.#columns;
    if (record.length !== header.length) {
      return this.#fault('CSV_MALFORMED', `Expected ${header.length} columns as in the header, got ${record.length}`);
    }
    for (let channel = 0; channel < values.length; channel++) {
      const { name, index } = values[channel]!;
      const value = parseDecimal(record[index]!);
      if (Number.isNaN(value)) {
        const got = show(record[index]);
        return this.#fault('CSV_VALUE_INVALID', `Expected column ${show(name)} to hold a finite number, got ${got}`);
      }
      samples[offset + channel] = value;
    }
    if (time === undefined) return undefined;
    const cell = record[time.index]!;
    const timeMs = parseTime(cell, time.format);
    if (Number.isNaN(timeMs)) return badTime(this.#source, { column: time.name, cell, row: this.#row });
    if (timeMs < this.#lastTimeMs && !this.#acceptsBackwardTime) {
      const last = new Date(this.#lastTimeMs).toISOString();
      return this.#fault('TIME_NOT_MONOTONIC', `Expected time not to go back behind ${last}, got ${show(cell)}`);
    }
    this.#lastTimeMs = timeMs;
    return undefined;
  }

  #fault(code: 'CSV_MALFORMED' | 'CSV_VALUE_INVALID' | 'TIME_NOT_MONOTONIC', message: string): InputError {
    return new InputError(code, message, { source: this.#source, row: this.#row });
  }
}
