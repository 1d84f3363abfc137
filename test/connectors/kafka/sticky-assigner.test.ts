import { AssignerProtocol, type Cluster, type Logger } from 'kafkajs';
import { expect, it } from 'vitest';
import { HeldPartitions, stickyAssigner } from '../../../connectors/kafka/sticky-assigner.ts';

const { MemberMetadata, MemberAssignment } = AssignerProtocol;

/** A member of a group on a topic `t` of six partitions. */
function member(memberId: string) {
  const held = new HeldPartitions();
  const cluster = {
    findTopicPartitionMetadata: () => Array.from({ length: 6 }, (_, partitionId) => ({ partitionId })),
  } as unknown as Cluster;
  const assigner = stickyAssigner(AssignerProtocol, held)({ cluster, groupId: 'g', logger: {} as Logger });
  const join = () => ({ memberId, memberMetadata: assigner.protocol({ topics: ['t'] }).metadata });
  return { held, assigner, join };
}

/** What the members of a group learn, by member id. */
async function assigned(
  leader: ReturnType<typeof member>,
  joins: readonly { memberId: string; memberMetadata: Buffer }[],
) {
  const answers = await leader.assigner.assign({ members: [...joins], topics: ['t'] });
  return Object.fromEntries(
    answers.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment.t,
    ]),
  );
}

it('what a member holds when it joins is what it claims', async () => {
  const [a, b] = [member('a'), member('b')];
  b.held.joined(new Map([['t', [5, 1, 3]]]));
  expect(await assigned(a, [a.join(), b.join()])).toEqual({ a: [0, 2, 4], b: [1, 3, 5] });
  b.held.joined(new Map([['t', [0]]]));
  expect(await assigned(a, [a.join(), b.join()])).toEqual({ a: [3, 4, 5], b: [0, 1, 2] });
});

it('a generation that the brokers confirmed outweighs a count of joins', async () => {
  const [a, b] = [member('a'), member('b')];
  for (let joins = 0; joins < 3; joins++) a.held.joined(new Map([['t', [0, 1, 2]]]));
  b.held.joined(new Map([['t', [0, 1, 2]]]));
  b.held.confirmed(40);
  expect(await assigned(a, [a.join(), b.join()])).toEqual({ a: [3, 4, 5], b: [0, 1, 2] });
});

it('the next join outweighs the confirmed generation that it follows', async () => {
  const [a, b] = [member('a'), member('b')];
  a.held.joined(new Map([['t', [0, 1, 2]]]));
  a.held.confirmed(40);
  b.held.confirmed(40);
  b.held.joined(new Map([['t', [0, 1, 2]]]));
  expect(await assigned(a, [a.join(), b.join()])).toEqual({ a: [3, 4, 5], b: [0, 1, 2] });
});

it.each([
  ['no data', Buffer.alloc(0)],
  ['no JSON', Buffer.from('{')],
  ['null', Buffer.from('null')],
  ['a list', Buffer.from('[1]')],
  ['no generation', Buffer.from('{"held":{"t":[0,1,2]}}')],
  ['partitions of no number', Buffer.from('{"generation":9,"held":{"t":[null,"1",{}],"u":7}}')],
  ['a huge claim', Buffer.from(`{"generation":9,"held":{"t":[${'0,'.repeat(2 ** 20)}0]}}`)],
])('a member with %s claims nothing and gets its share', async (_, userData) => {
  const a = member('a');
  a.held.joined(new Map([['t', [0, 1, 2]]]));
  const memberMetadata = MemberMetadata.encode({ version: 0, topics: ['t'], userData });
  expect(await assigned(a, [a.join(), { memberId: 'b', memberMetadata }])).toEqual({ a: [0, 1, 2], b: [3, 4, 5] });
});

it('a member whose metadata cannot be decoded gets its share', async () => {
  const a = member('a');
  const memberMetadata = Buffer.from([0, 0, 0x7f, 0xff, 0xff, 0xff]);
  expect(await assigned(a, [a.join(), { memberId: 'b', memberMetadata }])).toEqual({ a: [0, 1, 2], b: [3, 4, 5] });
});
