import type { Assigner, AssignerProtocol, Cluster, GroupMember, PartitionAssigner } from 'kafkajs';
import { assignSticky, type MemberClaim, type PartitionsByTopic } from './sticky-assignment.ts';

/** The name by which the members of a group agree on this assigner. */
const NAME = 'LongwaveStickyAssigner';
const VERSION = 0;
/** A claim of more bytes is not looked at: 10000 partitions come to 60 kB. */
const MAX_CLAIM_BYTES = 2 ** 20;

/** What the leader asks the client; the client's types leave it out. */
type MetadataCluster = Cluster & {
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
};

/** The partitions that a member has now, for its next claim to them. */
export class HeldPartitions {
  #held: PartitionsByTopic = new Map();
  #generation = 0;

  /** The group has dealt anew, so its generation has grown by one at least. */
  joined(held: PartitionsByTopic): void {
    this.#held = held;
    this.#generation += 1;
  }

  /** The brokers have confirmed what is held, in this generation. */
  confirmed(generation: number): void {
    this.#generation = Math.max(this.#generation, generation);
  }

  /** The claim, as it goes to the group's leader. */
  encode(): Buffer {
    return Buffer.from(JSON.stringify({ generation: this.#generation, held: Object.fromEntries(this.#held) }));
  }
}

/** A kafkajs assigner by {@link assignSticky}; `held` is read whenever the member joins. */
export function stickyAssigner(protocol: typeof AssignerProtocol, held: HeldPartitions): PartitionAssigner {
  const { MemberMetadata, MemberAssignment } = protocol;
  return ({ cluster }): Assigner => ({
    name: NAME,
    version: VERSION,
    async assign({ members, topics }) {
      const { findTopicPartitionMetadata: find } = cluster as MetadataCluster;
      const partitions = new Map(
        topics.map((topic) => [topic, find.call(cluster, topic).map(({ partitionId }) => partitionId)]),
      );
      const claims = members.map((member) => claimOf(member, topics, MemberMetadata));
      return [...assignSticky(claims, partitions)].map(([memberId, own]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: Object.fromEntries([...own].map(([topic, numbers]) => [topic, [...numbers]])),
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: held.encode() }),
    }),
  });
}

/** What a member claims; one whose data cannot be read claims nothing, and gets its share all the same. */
function claimOf(
  { memberId, memberMetadata }: GroupMember,
  topics: readonly string[],
  metadata: (typeof AssignerProtocol)['MemberMetadata'],
): MemberClaim {
  const nothing = { memberId, topics, held: new Map(), generation: -1 };
  if (memberMetadata.length > MAX_CLAIM_BYTES) return nothing;
  try {
    const decoded = metadata.decode(memberMetadata);
    if (decoded === null) return nothing;
    const claim: unknown = decoded.userData.length === 0 ? undefined : JSON.parse(decoded.userData.toString('utf8'));
    return { memberId, topics: decoded.topics, ...readClaim(claim) };
  } catch {
    return nothing;
  }
}

function readClaim(claim: unknown): Pick<MemberClaim, 'held' | 'generation'> {
  const { generation, held } = (claim ?? {}) as { readonly generation?: unknown; readonly held?: unknown };
  if (!Number.isSafeInteger(generation) || typeof held !== 'object' || held === null) {
    return { held: new Map(), generation: -1 };
  }
  const lists = Object.entries(held).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  return {
    generation: generation as number,
    held: new Map(
      lists.map(([topic, numbers]) => [topic, numbers.filter((p): p is number => Number.isSafeInteger(p))]),
    ),
  };
}
