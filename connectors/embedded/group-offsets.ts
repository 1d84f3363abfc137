import type { GroupOffset } from '../kafka/index.ts';

/** What groups have committed. */
export class GroupOffsets {
  readonly #offsets = new Map<string, Map<number, GroupOffset>>();

  get(groupId: string, topic: string, partition: number): bigint | undefined {
    return this.#offsets.get(idOf(groupId, topic))?.get(partition)?.offset;
  }

  set({ groupId, topic, partition, offset }: GroupOffset): void {
    const id = idOf(groupId, topic);
    const partitions = this.#offsets.get(id) ?? new Map<number, GroupOffset>();
    partitions.set(partition, { groupId, topic, partition, offset });
    this.#offsets.set(id, partitions);
  }

  *all(): Generator<GroupOffset> {
    for (const partitions of this.#offsets.values()) yield* partitions.values();
  }
}

/** The name of a topic holds no slash. */
function idOf(groupId: string, topic: string): string {
  return `${topic}/${groupId}`;
}
