import type { SnapshotReader, SnapshotWriter } from '../../../core/index.ts';

/** Keeps alarms sparse: lets a value through only if it exceeds the last one let through, or that one is older than `rows` rows; else gives 0. */
export class Inhibition {
  readonly #rows: number;
  #last = 0;
  #age = Number.POSITIVE_INFINITY;

  constructor(rows: number) {
    this.#rows = rows;
  }

  push(value: number): number {
    this.#age += 1;
    if (value <= this.#last && this.#age <= this.#rows) return 0;
    this.#last = value;
    this.#age = 0;
    return value;
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#last);
    writer.float64(this.#age);
  }

  load(reader: SnapshotReader): void {
    this.#last = reader.float64();
    this.#age = reader.float64();
  }
}
