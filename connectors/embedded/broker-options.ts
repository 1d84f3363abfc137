import { type Clock, ConfigError, requireInteger, show, systemClock } from '../../core/index.ts';
import { MAX_BATCH_BYTES } from './record-batch.ts';
import { DEFAULT_MAX_MESSAGE_BYTES } from './topic-settings.ts';

/** Options of {@link embeddedBroker}. */
export interface EmbeddedBrokerOptions {
  /** Where records, offsets and transactions are kept, made if it is missing; one process at a time. Default: in memory only. */
  readonly directory?: string;
  /** Wait for the disk, by fsync, before a transaction counts and before an offset is told to be committed. Default `false`. */
  readonly durable?: boolean;
  /** A file of a partition ends near this size, 1024..2^40. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** With a directory, a state is written and a new journal begun near so many bytes of the old one, 1024..2^30. Default 4 MiB. */
  readonly journalBytes?: number;
  /** Bytes held in memory: all records, or with a directory the places of their batches; 1..2^53-1. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Largest batch where a topic says nothing else by `max.message.bytes`, 0..64 MiB. Default 1 MiB + 12, as in Kafka. */
  readonly maxMessageBytes?: number;
  /**
   * A partition with `cleanup.policy` `compact` is compacted when so many bytes came since the last time, and as many as were
   * left then; 1..2^53-1. Default 16 MiB.
   */
  readonly compactDirtyBytes?: number;
  /** Tells the time of records and of transactions' ends. Default: the machine's. */
  readonly clock?: Clock;
}

/** {@link EmbeddedBrokerOptions} with the defaults filled in. */
export type CheckedBrokerOptions = Required<Omit<EmbeddedBrokerOptions, 'directory'>> & {
  readonly directory: string | undefined;
};

/** @throws ConfigError `CONFIG_INVALID` */
export function checkBrokerOptions(options: EmbeddedBrokerOptions): CheckedBrokerOptions {
  const range = (name: keyof EmbeddedBrokerOptions, fallback: number, min: number, max: number): number =>
    requireInteger(name, options[name] ?? fallback, { min, max });
  const { directory, durable = false } = options;
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`directory\` to be a path, got ${show(directory)}`);
  }
  if (typeof durable !== 'boolean') {
    throw new ConfigError('CONFIG_INVALID', `Expected \`durable\` to be true or false, got ${show(durable)}`);
  }
  return {
    directory,
    durable,
    segmentBytes: range('segmentBytes', 64 * 2 ** 20, 1024, 2 ** 40),
    journalBytes: range('journalBytes', 4 * 2 ** 20, 1024, 2 ** 30),
    maxBytes: range('maxBytes', 256 * 2 ** 20, 1, 2 ** 53 - 1),
    maxMessageBytes: range('maxMessageBytes', DEFAULT_MAX_MESSAGE_BYTES, 0, MAX_BATCH_BYTES),
    compactDirtyBytes: range('compactDirtyBytes', 16 * 2 ** 20, 1, 2 ** 53 - 1),
    clock: options.clock ?? systemClock,
  };
}
