import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assignSticky, type MemberClaim, type PartitionsByTopic } from '../../../connectors/kafka/sticky-assignment.ts';

type Dealt = ReadonlyMap<string, PartitionsByTopic>;

const claim = (
  memberId: string,
  held: Readonly<Record<string, readonly number[]>> = {},
  generation = 1,
): MemberClaim => ({
  memberId,
  topics: ['t', 'u'],
  held: new Map(Object.entries(held)),
  generation,
});
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const topics = (t: number, u = 0): PartitionsByTopic =>
  new Map([
    ['t', range(t)],
    ['u', range(u)],
  ]);
const plain = (dealt: Dealt) =>
  Object.fromEntries([...dealt].map(([id, own]) => [id, Object.fromEntries(own)] as const));
const places = (own: PartitionsByTopic | undefined): string[] =>
  [...(own ?? [])].flatMap(([topic, numbers]) => numbers.map((partition) => `${topic} ${partition}`));
/** Members that claim what they were dealt. */
const claims = (dealt: Dealt, generation: number): MemberClaim[] =>
  [...dealt].map(([memberId, held]) => ({ memberId, topics: ['t', 'u'], held, generation }));
const moved = (before: Dealt, after: Dealt): number => {
  const owner = new Map([...before].flatMap(([id, own]) => places(own).map((place) => [place, id] as const)));
  return [...after].flatMap(([id, own]) => places(own).filter((place) => owner.get(place) !== id)).length;
};

const someClaims = fc.uniqueArray(
  fc.record({
    memberId: fc.string({ minLength: 1, maxLength: 4 }),
    topics: fc.constant(['t', 'u']),
    generation: fc.integer({ min: -1, max: 5 }),
    held: fc
      .dictionary(fc.constantFrom('t', 'u', 'gone'), fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 10 }))
      .map((held) => new Map(Object.entries(held))),
  }),
  { minLength: 1, maxLength: 8, selector: ({ memberId }) => memberId },
);
const someTopics = fc.tuple(fc.nat(12), fc.nat(12)).map(([t, u]) => topics(t, u));
const someMembers = fc.integer({ min: 1, max: 9 }).map((count) => range(count).map((i) => claim(`m${i}`)));

it('every partition goes to exactly one member, and members have equally many within one', () => {
  fc.assert(
    fc.property(someClaims, someTopics, (members, partitions) => {
      const dealt = assignSticky(members, partitions);
      const all = [...dealt.values()].flatMap(places);
      expect(all.toSorted()).toEqual(places(partitions).toSorted());
      const counts = members.map(({ memberId }) => places(dealt.get(memberId)).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

it('the order of the members does not matter', () => {
  fc.assert(
    fc.property(someClaims, someTopics, (members, partitions) => {
      const [dealt, again] = [assignSticky(members, partitions), assignSticky(members.toReversed(), partitions)];
      expect(plain(again)).toEqual(plain(dealt));
    }),
  );
});

it('nothing moves when the same members join again', () => {
  fc.assert(
    fc.property(someClaims, someTopics, (members, partitions) => {
      const dealt = assignSticky(members, partitions);
      expect(plain(assignSticky(claims(dealt, 9), partitions))).toEqual(plain(dealt));
    }),
  );
});

it('a member that joins takes at most its share, and nothing else moves', () => {
  fc.assert(
    fc.property(someMembers, someTopics, (members, partitions) => {
      const before = assignSticky(members, partitions);
      const after = assignSticky([...claims(before, 2), claim('new', {}, 0)], partitions);
      expect(moved(before, after)).toBe(places(after.get('new')).length);
      expect(moved(before, after)).toBeLessThanOrEqual(Math.ceil(places(partitions).length / (members.length + 1)));
    }),
  );
});

it('of a member that leaves only its own partitions move', () => {
  fc.assert(
    fc.property(someMembers, someTopics, fc.nat(), (members, partitions, pick) => {
      fc.pre(members.length > 1);
      const before = assignSticky(members, partitions);
      const gone = `m${pick % members.length}`;
      const stay = claims(before, 2).filter(({ memberId }) => memberId !== gone);
      expect(moved(before, assignSticky(stay, partitions))).toBe(places(before.get(gone)).length);
    }),
  );
});

it('the claim of the higher generation holds', () => {
  const stale = claim('a', { t: [0, 1] }, 3);
  const fresh = claim('b', { t: [1] }, 4);
  expect(plain(assignSticky([stale, fresh], topics(2)))).toEqual({ a: { t: [0] }, b: { t: [1] } });
});

it('of two claims of one generation that of the lower member id holds', () => {
  const dealt = assignSticky([claim('b', { t: [2] }), claim('a', { t: [2] })], topics(3));
  expect(dealt.get('a')?.get('t')).toContain(2);
});

it('a stale claim that nobody else makes brings partitions back', () => {
  const dealt = assignSticky([claim('a', { t: [3, 2] }, 1), claim('b', {}, 9)], topics(4));
  expect(plain(dealt)).toEqual({ a: { t: [2, 3] }, b: { t: [0, 1] } });
});

it('a topic goes to the members that read it only', () => {
  const dealt = assignSticky([{ ...claim('a'), topics: ['t'] }, claim('b')], topics(2, 3));
  expect(plain(dealt)).toEqual({ a: { t: [0] }, b: { t: [1], u: [0, 1, 2] } });
});

it('more members than partitions leave some with none', () => {
  expect(plain(assignSticky([claim('a'), claim('b'), claim('c', { t: [0] })], topics(1)))).toEqual({
    a: {},
    b: {},
    c: { t: [0] },
  });
});
