/** What a member of a group says when it joins. */
export interface MemberClaim {
  readonly memberId: string;
  /** The topics that it reads. */
  readonly topics: readonly string[];
  /** The partitions that it had before, by topic. */
  readonly held: ReadonlyMap<string, readonly number[]>;
  /** The group's generation in which it had them; of two claims the one with the higher generation holds. */
  readonly generation: number;
}

/** Partitions by topic. */
export type PartitionsByTopic = ReadonlyMap<string, readonly number[]>;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Deals the partitions of a group out so that as many as possible stay where they were, and members that read the same
 * topics have equally many, within one. A joining member takes its share and nothing else moves; of a leaving member
 * only its own partitions move. Every member that gets the same claims computes the same.
 * @returns of each member its partitions, ascending
 */
export function assignSticky(
  members: readonly MemberClaim[],
  partitions: PartitionsByTopic,
): ReadonlyMap<string, PartitionsByTopic> {
  const dealt = new Map(members.map(({ memberId }) => [memberId, new Map<string, number[]>()]));
  for (const { readers, places } of byReaders(members, partitions)) {
    for (const [memberId, own] of deal(readers, places)) {
      const topics = dealt.get(memberId)!;
      for (const { topic, partition } of own) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    }
  }
  for (const topics of dealt.values()) for (const list of topics.values()) list.sort((a, b) => a - b);
  return dealt;
}

/** Places that the same members may have, in a fixed order; mostly there is one such group. */
function byReaders(members: readonly MemberClaim[], partitions: PartitionsByTopic) {
  const groups = new Map<string, { readonly readers: readonly MemberClaim[]; readonly places: Place[] }>();
  for (const topic of [...partitions.keys()].sort()) {
    const readers = members.filter(({ topics }) => topics.includes(topic)).sort(byId);
    if (readers.length === 0) continue;
    const id = JSON.stringify(readers.map(({ memberId }) => memberId));
    const group = groups.get(id) ?? { readers, places: [] };
    groups.set(id, group);
    const numbers = [...partitions.get(topic)!].sort((a, b) => a - b);
    for (const partition of numbers) group.places.push({ topic, partition });
  }
  return groups.values();
}

function deal(readers: readonly MemberClaim[], places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const holders = holdersOf(readers);
  const held = new Map<string, Place[]>(readers.map(({ memberId }) => [memberId, []]));
  const free: Place[] = [];
  for (const place of places) (held.get(holders.get(idOf(place))?.memberId ?? '') ?? free).push(place);

  // The larger shares go to those that had most, so that the fewest partitions move.
  const most = [...readers].sort((a, b) => held.get(b.memberId)!.length - held.get(a.memberId)!.length || byId(a, b));
  const share = Math.floor(places.length / readers.length);
  const larger = places.length % readers.length;
  for (const [i, { memberId }] of most.entries())
    free.push(...held.get(memberId)!.splice(share + (i < larger ? 1 : 0)));
  for (const [i, { memberId }] of most.entries()) {
    const own = held.get(memberId)!;
    own.push(...free.splice(0, share + (i < larger ? 1 : 0) - own.length));
  }
  return held;
}

/** Whose claim to a partition holds: of the highest generation, and there of the lowest member id. */
function holdersOf(readers: readonly MemberClaim[]): ReadonlyMap<string, MemberClaim> {
  const holders = new Map<string, MemberClaim>();
  for (const reader of readers) {
    for (const [topic, numbers] of reader.held) {
      for (const partition of numbers) {
        const id = idOf({ topic, partition });
        const other = holders.get(id);
        if (other === undefined || reader.generation > other.generation) holders.set(id, reader);
      }
    }
  }
  return holders;
}

function idOf({ topic, partition }: Place): string {
  return `${partition} ${topic}`;
}

function byId(a: MemberClaim, b: MemberClaim): number {
  return a.memberId < b.memberId ? -1 : 1;
}
