import { StateError } from '../../core/index.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import type { KafkaTopics } from './kafka-topics.ts';

/** The place that a checkpoint must fit. */
export interface CommittedPlace {
  readonly topics: KafkaTopics;
  readonly groupId: string;
  readonly partition: number;
  /** The group's offset, `undefined` where it has none. */
  readonly committed: bigint | undefined;
}

/**
 * Checks that what was written of a partition is of the group's offset. Both are written together, so that they differ means
 * that somebody has moved or deleted one of them.
 * @param checkpoint `undefined` where nothing was written, as far as the topics say
 * @throws StateError `CHECKPOINT_MISMATCH`; the SnapshotError of a record in another release's form
 */
export function requireFits(checkpoint: Checkpoint | undefined, place: CommittedPlace): void {
  // Going on without it would write this release's form over another's.
  const foreign = checkpoint?.faults.find(({ code }) => code === 'SNAPSHOT_VERSION');
  if (foreign !== undefined) throw foreign;
  const { topics, groupId, partition, committed } = place;
  const { input, isExact } = topics;
  const { state } = topics.checkpoint;
  const progress = checkpoint?.partition;
  if (progress !== undefined) {
    if (progress.offset === committed) return;
    // Without transactions the offset comes last, and may not have come.
    if (checkpoint?.isAhead === true && !isExact) return;
    throw mismatch(
      `Expected group ${groupId} to be at offset ${progress.offset} of topic ${input}, partition ${partition}, as the state in ${state} says, got ${committed ?? 'none'}: somebody has moved the group; \`longwave state reset\` begins anew from there`,
    );
  }
  if (checkpoint !== undefined && checkpoint.streams.size > 0) {
    throw mismatch(
      `Expected the progress of topic ${input}, partition ${partition} beside that of its streams in ${state}, it is missing or damaged; \`longwave state reset\` begins anew`,
    );
  }
  if (committed === undefined || committed === 0n) return;
  throw mismatch(
    `Expected the progress of topic ${input}, partition ${partition} in ${state} beside the offset ${committed} that group ${groupId} has committed, there is none: the topic was emptied or made anew, or the offset is another program's; \`longwave state reset\` begins anew from there`,
  );
}

function mismatch(message: string): StateError {
  return new StateError('CHECKPOINT_MISMATCH', message);
}
