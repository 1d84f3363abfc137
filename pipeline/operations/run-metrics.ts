import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Readiness } from './partition-board.ts';
import type { RunEvent } from './run-event.ts';

/** The streams of a partition at this moment. */
export interface PartitionLoad {
  readonly partition: number;
  readonly streams: number;
  readonly cacheBytes: number;
}

/** What {@link RunMetrics} asks when it is read. */
export interface RunMetricsOptions {
  /** Stand on every figure, such as the pipeline's name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly loads: () => readonly PartitionLoad[];
  readonly readiness: () => Readiness;
  /** Ms since 1970. */
  readonly now: () => number;
}

const COMMIT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const RESTORE_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

/**
 * The figures of a run in the text format of Prometheus. Labels are partitions and error codes, never streams, so their number
 * does not grow with the input. Reading costs O(open streams).
 */
export class RunMetrics {
  readonly #registry = new Registry();
  readonly #options: RunMetricsOptions;
  readonly #lags = new Map<number, { readonly records: bigint; readonly streamTimeMs: number }>();
  readonly #commitSeconds: Histogram;
  readonly #restoreSeconds: Histogram;
  readonly #records: Counter;
  readonly #findings: Counter;
  readonly #deadLetters: Counter;
  readonly #snapshotBytes: Counter;
  readonly #restoredBytes: Counter;
  readonly #fenced: Counter;
  readonly #aborted: Counter<'code'>;

  constructor(options: RunMetricsOptions) {
    this.#options = options;
    const registers = [this.#registry];
    this.#registry.setDefaultLabels({ ...options.labels });
    const counter = (name: string, help: string): Counter =>
      new Counter({ name: `longwave_${name}_total`, help, registers });
    this.#records = counter('records', 'Input records whose outcome is committed');
    this.#findings = counter('findings', 'Findings committed');
    this.#deadLetters = counter('dead_letters', 'Records put aside, committed');
    this.#snapshotBytes = counter('snapshot_bytes', 'Bytes of stream states written');
    this.#restoredBytes = counter('restored_bytes', 'Bytes of stream states read back');
    this.#fenced = counter('fenced', 'Partitions given up because another process has them');
    const help = 'Attempts to commit that failed and were made again, by error code';
    this.#aborted = new Counter({ name: 'longwave_commit_failures_total', help, labelNames: ['code'], registers });
    this.#commitSeconds = new Histogram({
      ...{ name: 'longwave_commit_seconds', help: 'Time of a commit, attempts included', registers },
      buckets: COMMIT_BUCKETS,
    });
    this.#restoreSeconds = new Histogram({
      ...{ name: 'longwave_restore_seconds', help: 'Time to read the states of a partition back', registers },
      buckets: RESTORE_BUCKETS,
    });
    this.#gauges();
  }

  observe(event: RunEvent): void {
    switch (event.kind) {
      case 'committed':
        this.#commitSeconds.observe(event.ms / 1000);
        this.#records.inc(event.records);
        this.#findings.inc(event.findings);
        this.#deadLetters.inc(event.deadLetters);
        this.#snapshotBytes.inc(event.stateBytes);
        break;
      case 'restored':
        this.#restoreSeconds.observe(event.ms / 1000);
        this.#restoredBytes.inc(event.bytes);
        break;
      case 'aborted':
        this.#aborted.inc({ code: event.code });
        break;
      case 'fenced':
        this.#fenced.inc();
        break;
      case 'lag':
        this.#lags.set(event.partition, event);
        break;
      case 'released':
        this.#lags.delete(event.partition);
        break;
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Figures that are asked for when they are read; those of partitions that went away go with them. */
  #gauges(): void {
    const { loads, readiness } = this.#options;
    const perPartition = (name: string, help: string, values: () => Iterable<readonly [number, number]>): void => {
      new Gauge({
        ...{ name: `longwave_${name}`, help, labelNames: ['partition'], registers: [this.#registry] },
        collect() {
          this.reset();
          for (const [partition, value] of values()) this.set({ partition: String(partition) }, value);
        },
      });
    };
    const total = (name: string, help: string, value: () => number): void => {
      new Gauge({
        ...{ name, help, registers: [this.#registry] },
        collect() {
          this.set(value());
        },
      });
    };
    perPartition('lag_records', 'Input records not taken yet, as of the last fetch', () => this.#lagRecords());
    perPartition('lag_seconds', 'Age of the newest record taken; 0 where none waits', () => this.#lagSeconds());
    perPartition('streams', 'Streams open', () => loads().map(({ partition, streams }) => [partition, streams]));
    perPartition('cache_bytes', 'Bytes of the caches of open streams', () =>
      loads().map(({ partition, cacheBytes }) => [partition, cacheBytes]),
    );
    perPartition('partition_ready', '1 where a partition is at work, 0 while it is restored', () =>
      readiness().partitions.map(({ partition, phase }) => [partition, Number(phase === 'ready')]),
    );
    total('longwave_ready', '1 where /readyz says 200', () => Number(readiness().isReady));
    total('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  }

  #lagRecords(): [number, number][] {
    return [...this.#lags].map(([partition, { records }]) => [partition, Number(records)]);
  }

  #lagSeconds(): [number, number][] {
    const now = this.#options.now();
    return [...this.#lags].map(([partition, { records, streamTimeMs }]) => {
      const isBehind = records > 0n && streamTimeMs > Number.NEGATIVE_INFINITY;
      return [partition, isBehind ? Math.max(0, now - streamTimeMs) / 1000 : 0];
    });
  }
}
