import { ConfigError, requireInteger, requireOneOf, show } from '../../core/index.ts';
import type { KafkaLog } from './connection.ts';
import type { RetryPolicy } from './partition-task.ts';
import type { KafkaTransport } from './transport.ts';

/** Options of a Kafka source. */
export interface KafkaSourceOptions {
  readonly transport: KafkaTransport;
  readonly topic: string;
  /** Consumer group: members share the partitions, and the committed offsets belong to it. */
  readonly groupId: string;
  /** Where a group without committed offsets begins. Default `earliest`. */
  readonly startFrom?: 'earliest' | 'latest';
  /** Who commits offsets: the source when the handler's promise resolves, or the handler by its own means. Default `source`. */
  readonly commits?: 'source' | 'handler';
  /** Records handed over, and committed, at once; 1..100000. Default 500. */
  readonly maxRecords?: number;
  /** Bytes of records held for all partitions together; a single larger batch is taken alone. Default 32 MiB. */
  readonly maxInFlightBytes?: number;
  /** Bytes asked for per partition and fetch. Default 1 MiB. */
  readonly maxBytesPerPartition?: number;
  /** Without a heartbeat for this long the group gives the partitions away, in ms. Default 30000. */
  readonly sessionTimeoutMs?: number;
  /** How long running work puts up with brokers that do not answer, in ms. Default 120000. */
  readonly outageMs?: number;
  /** How long an abort waits for the batches at work, in ms. Default 30000. */
  readonly drainMs?: number;
  /** How batches that failed with a retryable error are tried again. Default 200 ms, doubling to 5 s, 20 attempts. */
  readonly retry?: Partial<RetryPolicy>;
  /** Told of rebalances and failed commits. Default: nobody. */
  readonly log?: KafkaLog;
}

/** {@link KafkaSourceOptions} with the defaults filled in. */
export type CheckedSourceOptions = Required<Omit<KafkaSourceOptions, 'retry'>> & { readonly retry: RetryPolicy };

/** @throws ConfigError `CONFIG_INVALID` */
export function checkSourceOptions(options: KafkaSourceOptions): CheckedSourceOptions {
  const range = (name: keyof KafkaSourceOptions, fallback: number, min: number, max: number): number =>
    requireInteger(name, options[name] ?? fallback, { min, max });
  const retry = options.retry ?? {};
  return {
    transport: options.transport,
    topic: requireName('topic', options.topic),
    groupId: requireName('groupId', options.groupId),
    startFrom: requireOneOf('startFrom', options.startFrom ?? 'earliest', ['earliest', 'latest']),
    commits: requireOneOf('commits', options.commits ?? 'source', ['source', 'handler']),
    maxRecords: range('maxRecords', 500, 1, 100_000),
    maxInFlightBytes: range('maxInFlightBytes', 32 * 2 ** 20, 1024, 2 ** 40),
    maxBytesPerPartition: range('maxBytesPerPartition', 2 ** 20, 1024, 2 ** 30),
    sessionTimeoutMs: range('sessionTimeoutMs', 30_000, 1000, 3_600_000),
    outageMs: range('outageMs', 120_000, 0, 86_400_000),
    drainMs: range('drainMs', 30_000, 0, 3_600_000),
    retry: {
      initialMs: requireInteger('retry.initialMs', retry.initialMs ?? 200, { min: 1, max: 600_000 }),
      maxMs: requireInteger('retry.maxMs', retry.maxMs ?? 5000, { min: 1, max: 600_000 }),
      maxAttempts: requireInteger('retry.maxAttempts', retry.maxAttempts ?? 20, { min: 1, max: 1e9 }),
    },
    log: options.log ?? (() => {}),
  };
}

/**
 * Checks the name of a topic or group.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function requireName(field: string, name: unknown): string {
  if (typeof name !== 'string' || !/^[a-zA-Z0-9._-]{1,249}$/.test(name)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${field}\` to be 1..249 letters, digits, dots, dashes or underscores, got ${show(name)}`,
    );
  }
  return name;
}
