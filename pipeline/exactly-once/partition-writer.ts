import type { OutgoingRecord } from '../../connectors/index.ts';
import type { SendRecords } from '../checkpoint/index.ts';
import type { EventLog } from '../operations/log-events.ts';
import type { CausedFinding } from './unit.ts';

/** All that is written at once. Writing it again writes the same. */
export interface WritableUnit {
  /** The committed offset before it; `undefined` where the group had none. */
  readonly from: bigint | undefined;
  /** The next input record to read, once this is written. */
  readonly offset: bigint;
  /** Findings and dead letters, each with its topic. */
  readonly records: readonly OutgoingRecord[];
  /** Findings that go elsewhere than to Kafka. */
  readonly findings: readonly CausedFinding[];
  /** Writes progress and snapshots; behind the records. */
  readonly writeCheckpoint: (send: SendRecords) => Promise<void>;
}

/** Places in a commit, in their order: for traces, and for tests that end the process there. */
export const COMMIT_STEPS = ['begin', 'records', 'checkpoint', 'offset', 'commit', 'committed'] as const;

/** One of {@link COMMIT_STEPS}: what is about to be done; `committed` when all is. */
export type CommitStep = (typeof COMMIT_STEPS)[number];

/** Writes what comes of one input partition and moves the group's offset with it. */
export interface PartitionWriter {
  /** Claims the partition; the committed offset is read afterwards. @throws TransactionError */
  open(): Promise<void>;
  /**
   * Writes a unit and tries again what may be tried, for as long as an outage may last.
   * @throws TransactionError `TRANSACTION_FENCED` when another process has the partition, `TRANSACTION_FATAL`; ConnectorError
   */
  write(unit: WritableUnit): Promise<void>;
  close(): Promise<void>;
}

/** What every writer works with. */
export interface PartitionWriterOptions {
  readonly partition: number;
  readonly maxRequestBytes: number;
  /** How long brokers may not answer before the run fails, in ms. */
  readonly outageMs: number;
  readonly onStep: (step: CommitStep, partition: number) => void;
  readonly log: EventLog;
}
