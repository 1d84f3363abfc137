import { assignSticky, type MemberClaim } from '../kafka/index.ts';

/** A member as its group sees it. */
export interface GroupMember {
  readonly topic: string;
  /** Gives no more batches; resolves when the one at work is done or has taken its time. */
  quiesce(): Promise<void>;
  /** From now on these partitions and no others. */
  assign(partitions: readonly number[]): void;
}

interface Membership {
  /** Sorts by the order of joining. */
  readonly memberId: string;
  readonly held: readonly number[];
}

/**
 * The members of a group and who has which partition. Each join and leave ends a generation: all members stop, the
 * partitions are dealt anew, those who gain least are told first.
 */
export class ConsumerGroup {
  readonly #partitionCount: (topic: string) => number;
  readonly #members = new Map<GroupMember, Membership>();
  #running: Promise<void> | undefined;
  #joined = 0;
  #changes = 0;
  #generation = 0;

  /** @param partitionCount number of partitions of a topic */
  constructor(partitionCount: (topic: string) => number) {
    this.#partitionCount = partitionCount;
  }

  /** Counts the rebalances. */
  get generation(): number {
    return this.#generation;
  }

  /** In the order of joining. */
  get memberIds(): readonly string[] {
    return [...this.#members.values()].map(({ memberId }) => memberId);
  }

  has(member: GroupMember): boolean {
    return this.#members.has(member);
  }

  /** Resolves when the member has its partitions. */
  join(member: GroupMember): Promise<void> {
    this.#members.set(member, { memberId: String(this.#joined++).padStart(12, '0'), held: [] });
    return this.#rebalance();
  }

  /** Resolves when the others have its partitions. */
  leave(member: GroupMember): Promise<void> {
    return this.#members.delete(member) ? this.#rebalance() : Promise.resolve();
  }

  #rebalance(): Promise<void> {
    this.#changes++;
    this.#running ??= this.#untilStable();
    return this.#running;
  }

  async #untilStable(): Promise<void> {
    let seen: number;
    do {
      seen = this.#changes;
      await Promise.all([...this.#members.keys()].map((member) => member.quiesce()));
    } while (seen !== this.#changes);
    this.#running = undefined;
    this.#generation++;
    this.#deal();
  }

  #deal(): void {
    const members = [...this.#members];
    const claims: MemberClaim[] = members.map(([{ topic }, { memberId, held }]) => ({
      memberId,
      topics: [topic],
      held: new Map([[topic, held]]),
      generation: this.#generation,
    }));
    const topics = new Set(members.map(([{ topic }]) => topic));
    const partitions = new Map([...topics].map((topic) => [topic, upTo(this.#partitionCount(topic))]));
    const dealt = assignSticky(claims, partitions);
    const told = members.map(([member, { memberId, held }]) => {
      const share = dealt.get(memberId)?.get(member.topic) ?? [];
      this.#members.set(member, { memberId, held: share });
      return { member, share, gained: share.filter((partition) => !held.includes(partition)).length };
    });
    for (const { member, share } of told.sort((a, b) => a.gained - b.gained)) member.assign(share);
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
