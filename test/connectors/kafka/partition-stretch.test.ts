import { expect, it } from 'vitest';
import { PartitionStretch } from '../../../connectors/kafka/partition-stretch.ts';
import { record } from './records.ts';

const stretch = () => new PartitionStretch({ topic: 't', partition: 1, from: 5n, to: 9n });
const records = [record({ value: 'v', offset: 5n })];

it('a batch is taken once, and what was fetched moves the place on', () => {
  const read = stretch();
  read.bring(records, 7n);
  expect([read.isFull, read.next, read.isOver]).toEqual([true, 7n, false]);
  expect(read.take()).toBe(records);
  expect([read.isFull, read.take()]).toEqual([false, undefined]);
});

it('offsets without a record end the stretch when they reach its end', () => {
  const read = stretch();
  read.bring([], 8n);
  expect(read.isOver).toBe(false);
  read.bring([], 12n);
  expect([read.isOver, read.take()]).toEqual([true, undefined]);
});

it('a failure comes after the batch that was brought before it', () => {
  const read = stretch();
  read.bring(records, 7n);
  read.fail(new Error('gone'));
  expect(read.take()).toBe(records);
  expect(() => read.take()).toThrow('gone');
});

it('nothing counts that is brought after the place was lost', () => {
  const read = stretch();
  read.lose();
  read.bring(records, 9n);
  expect([read.isFull, read.next, read.isOver]).toEqual([false, 5n, false]);
});

it('leaving frees the fetch loop', async () => {
  const read = stretch();
  read.bring(records, 7n);
  const freed = read.changed();
  read.leave();
  await freed;
  expect([read.isFull, read.isOver]).toEqual([false, true]);
});

it.each([
  ['t', 1, true],
  ['t', 2, false],
  ['u', 1, false],
] as const)('is in %s %i: %j', (topic, partition, expected) => {
  expect(stretch().isIn(topic, partition)).toBe(expected);
});
