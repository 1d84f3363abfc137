import type { Batch, KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { endOffset, firstOffset } from '../../../connectors/kafka/kafkajs-record.ts';

/** A batch whose last record has this offset, in a record batch that begins at `first` and ends `delta` later. */
function batch(last: string, context?: { first: string; delta: number }): Batch {
  const batchContext = context && { firstOffset: context.first, lastOffsetDelta: context.delta };
  const message = { offset: last, ...(batchContext && { batchContext }) } as unknown as KafkaMessage;
  return { messages: [message], lastOffset: () => last } as unknown as Batch;
}

it.each([
  ['a record batch as it was written', batch('9', { first: '5', delta: 4 }), 10n],
  ['a record batch whose tail was compacted away', batch('6', { first: '5', delta: 4 }), 10n],
  ['control records behind it', { ...batch('9', { first: '5', delta: 4 }), lastOffset: () => '11' }, 12n],
  ['the old message format', batch('9'), 10n],
])('the end of %s is where the partition goes on', (_, given, expected) => {
  expect(endOffset(given)).toBe(expected);
});

it('offsets beyond 2^53 stay exact', () => {
  expect(endOffset(batch('9007199254740993', { first: '9007199254740993', delta: 0 }))).toBe(9007199254740994n);
});

it.each([
  [[{ topicName: 't', partition: 0, errorCode: 0, baseOffset: '7' }], 7n],
  [[{ topicName: 't', partition: 0, errorCode: 0, offset: '8' }], 8n],
  [[], -1n],
])('the first offset of %j is %i', (answers, expected) => {
  expect(firstOffset(answers)).toBe(expected);
});
