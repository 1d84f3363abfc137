import { z } from 'zod';

/**
 * What a pipeline promises of records that come from Kafka. `exactly-once`: findings, dead letters, state and offset of
 * a stretch of input are committed together, so that whoever reads committed records sees each finding once, with the
 * same bytes whatever failed. `at-least-once`: in the same order without transactions; after a fault some come twice.
 */
export const guarantee = z.enum(['exactly-once', 'at-least-once']);

const ms = (min: number, max: number) => z.int().min(min).max(max);

/** How often a Kafka pipeline commits, and what it keeps of its streams. */
export const checkpoint = z.strictObject({
  /** Ms from the first finding that waits to its commit: latency against work for the brokers. */
  commitMs: ms(1, 600_000).default(100),
  /** Bytes of findings after which a commit comes earlier. */
  commitBytes: z
    .int()
    .min(1024)
    .max(1e9)
    .default(4 * 2 ** 20),
  /** Ms after which the state of a stream is written anew: bounds what a restart reads again. */
  snapshotMs: ms(100, 86_400_000).default(30_000),
  /** Bytes of a stream's records after which its state is written earlier. */
  snapshotBytes: z
    .int()
    .min(1024)
    .max(1e9)
    .default(8 * 2 ** 20),
  /**
   * How streams come back: `snapshot` writes their states; `replay` writes none and reads the input of the model's receptive
   * field again, where the model remembers nothing longer.
   */
  restore: z.enum(['snapshot', 'replay']).default('snapshot'),
  /**
   * Directory in which the newest states are kept as well, so that a restart in the same place need not read them from their
   * topic. Default: none.
   */
  localDir: z.string().min(1).max(4096).optional(),
  /** Ms of the partition's own time (record timestamps) after which a stream without records ends; 0: never. */
  idleMs: ms(0, 2_592_000_000).default(0),
  /** Ms for which the streams of a partition that was taken away are kept, in case it comes back. */
  graceMs: ms(0, 3_600_000).default(30_000),
  /** Ms that a drain may take; then the run ends with an error, and what is not committed is made again by the next one. */
  drainMs: ms(0, 3_600_000).default(30_000),
  /** Topic of progress and manifests. Default: the group id with `.state` behind it. */
  stateTopic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, 'Expected a Kafka topic name')
    .optional(),
  /** Topic of the states themselves. Default: the group id with `.snapshots` behind it. */
  snapshotTopic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, 'Expected a Kafka topic name')
    .optional(),
});

/** Checked settings with their defaults filled in. */
export type CheckpointConfig = z.output<typeof checkpoint>;
