import type { KafkaAdmin, PartitionReader } from '../../connectors/index.ts';
import { ConnectorError } from '../../core/index.ts';
import { Checkpoint } from './checkpoint.ts';
import type { CheckpointTopics } from './checkpoint-topics.ts';
import type { LocalCopies } from './local-copies.ts';
import { StateIndex } from './state-index.ts';

/** What {@link loadCheckpoint} works with. */
export interface LoadCheckpointOptions {
  readonly admin: Pick<KafkaAdmin, 'offsets'>;
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly partition: number;
  readonly topics: CheckpointTopics;
  /** The next input record by the group's own account. */
  readonly committedOffset: bigint;
  /** Where snapshots may lie nearer than in their topic. Default: nowhere. */
  readonly copies?: Pick<LocalCopies, 'read'> | undefined;
}

/**
 * Reads what was written of a partition: its state topic once, from end to end. The snapshots are read when they are asked for.
 * @throws ConnectorError
 */
export async function loadCheckpoint(options: LoadCheckpointOptions): Promise<Checkpoint> {
  const { admin, reader, partition, topics, committedOffset, copies } = options;
  const state = await boundsOf(admin, topics.state, partition);
  const index = new StateIndex();
  if (state.low < state.high) {
    const range = { topic: topics.state, partition, from: state.low, to: state.high };
    for await (const records of reader.read(range)) for (const record of records) index.add(record);
  }
  const snapshots = await boundsOf(admin, topics.snapshots, partition);
  const log = { reader, topic: topics.snapshots, partition, ...snapshots };
  return new Checkpoint(index, { log, committedOffset, copies });
}

async function boundsOf(
  admin: Pick<KafkaAdmin, 'offsets'>,
  topic: string,
  partition: number,
): Promise<{ readonly low: bigint; readonly high: bigint }> {
  const found = (await admin.offsets(topic)).find((one) => one.partition === partition);
  if (found !== undefined) return { low: found.low, high: found.high };
  throw new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected topic ${topic} to have partition ${partition}, because the input has it, it has not`,
  );
}
