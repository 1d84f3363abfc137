import { type LshStats, SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import type { Engine } from '../kernels/index.ts';
import type { LayerState } from '../stack/index.ts';
import { MaskedTable } from './masked-table.ts';
import { RankedBuckets } from './ranked-buckets.ts';
import { RecencyBuckets, type RecencyShape } from './recency-buckets.ts';

/** Counters of a layer: queries, candidates of all queries, most candidates of one, smallest margin. */
const QUERIES = 0;
const CANDIDATES = 1;
const MOST = 2;
const MARGIN = 3;

/** What one stream remembers in an LSH layer: the keys and values of the horizon, and which bucket each is in. */
export class LshState implements LayerState {
  readonly table: MaskedTable;
  /** By the rule of the layer one of the two. */
  readonly recency: RecencyBuckets | undefined;
  readonly ranked: RankedBuckets | undefined;
  /** Tokens taken in. */
  taken = 0;
  readonly #horizon: number;
  readonly #counters = Float64Array.of(0, 0, 0, Number.POSITIVE_INFINITY);

  constructor(
    engine: Engine,
    shape: RecencyShape & { readonly headDim: number },
    rule: 'bucket-recency' | 'prefix-exact',
  ) {
    this.table = new MaskedTable(engine, { ...shape, span: shape.horizon });
    this.recency = rule === 'bucket-recency' ? new RecencyBuckets(shape) : undefined;
    this.ranked = rule === 'prefix-exact' ? new RankedBuckets(shape) : undefined;
    this.#horizon = shape.horizon;
  }

  get byteLength(): number {
    return this.table.byteLength + (this.recency ?? (this.ranked as RankedBuckets)).byteLength;
  }

  get windowFill(): number {
    return Math.min(this.taken, this.#horizon);
  }

  get pinnedKeys(): number {
    return 0;
  }

  lshStats(): Omit<LshStats, 'layer'> {
    const queries = this.#counters[QUERIES] as number;
    return {
      bucketLoads: this.recency?.loads(this.taken) ?? (this.ranked as RankedBuckets).loads,
      meanCandidates: queries === 0 ? 0 : (this.#counters[CANDIDATES] as number) / queries,
      mostCandidates: this.#counters[MOST] as number,
      smallestMargin: this.#counters[MARGIN] as number,
      evictions: Math.max(0, this.taken - this.#horizon),
    };
  }

  /** Notes how many candidates one query had. */
  noteQuery(candidates: number): void {
    const counters = this.#counters;
    counters[QUERIES] = (counters[QUERIES] as number) + 1;
    counters[CANDIDATES] = (counters[CANDIDATES] as number) + candidates;
    if (candidates > (counters[MOST] as number)) counters[MOST] = candidates;
  }

  /** Notes how near a token came to another bucket. */
  noteMargin(margin: number): void {
    if (margin < (this.#counters[MARGIN] as number)) this.#counters[MARGIN] = margin;
  }

  copyFrom(other: this): void {
    this.table.copyFrom(other.table);
    if (this.recency !== undefined && other.recency !== undefined) this.recency.copyFrom(other.recency);
    if (this.ranked !== undefined && other.ranked !== undefined) this.ranked.copyFrom(other.ranked);
    this.#counters.set(other.#counters);
    this.taken = other.taken;
  }

  write(writer: SnapshotWriter): void {
    this.table.write(writer, this.taken);
    if (this.recency !== undefined) for (const array of this.recency.read(this.taken)) writer.array(array);
    if (this.ranked !== undefined) writer.array(this.ranked.read());
    writer.array(this.#counters);
  }

  read(reader: SnapshotReader, taken: number): void {
    const { table, recency, ranked } = this;
    this.taken = taken;
    const tableHolds = table.read(reader, taken);
    const bucketsHold =
      (recency === undefined || recency.write(taken, reader.float64Array(), reader.float64Array())) &&
      (ranked === undefined || ranked.write(taken, reader.int32Array()));
    const counters = reader.float64Array(this.#counters.length);
    if (!tableHolds || !bucketsHold || counters.some((count) => !(count >= 0))) {
      throw new SnapshotError('SNAPSHOT_CORRUPT', 'Expected the masks and buckets of a layer to be in their ranges');
    }
    this.#counters.set(counters);
  }

  close(): void {
    this.table.close();
  }
}
