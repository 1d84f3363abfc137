/** Names an input partition of a pipeline. */
export interface PartitionName {
  readonly name: string;
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/** The transactional id under which whoever has a partition writes: opening it fences everybody else. */
export function transactionalIdOf({ name, groupId, topic, partition }: PartitionName): string {
  return `${name}.${groupId}.${topic}.${partition}`;
}
