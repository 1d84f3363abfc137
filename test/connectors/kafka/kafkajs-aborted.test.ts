import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DecodedPartition, hideAborted } from '../../../connectors/kafka/kafkajs-aborted.ts';

interface Entry {
  readonly producer: number;
  readonly what: 'record' | 'plain' | 'commit' | 'abort';
}

/** What may happen in a partition: producers write in transactions or without, and end transactions. */
const entries = fc.array(
  fc.record({
    producer: fc.nat(3),
    what: fc.constantFrom('record', 'record', 'record', 'plain', 'commit', 'abort') as fc.Arbitrary<Entry['what']>,
  }),
  { maxLength: 40 },
);

/** The log that comes of it: what a fetch from `from` on brings, and the offsets that a reader of committed records sees. */
function fetched(log: readonly Entry[], from: number) {
  const firsts = new Map<number, number>();
  const hidden = new Set<number>();
  const aborted: { producerId: string; firstOffset: string; last: number }[] = [];
  for (const [offset, { producer, what }] of log.entries()) {
    if (what === 'record' && !firsts.has(producer)) firsts.set(producer, offset);
    if (what !== 'commit' && what !== 'abort') continue;
    const first = firsts.get(producer);
    firsts.delete(producer);
    if (what === 'commit' || first === undefined) continue;
    aborted.push({ producerId: String(producer), firstOffset: String(first), last: offset });
    for (let i = first; i < offset; i++) if (log[i]!.producer === producer && log[i]!.what === 'record') hidden.add(i);
  }
  const partition: DecodedPartition = {
    abortedTransactions: aborted.filter(({ last }) => last >= from), // in the order of their ends, as brokers list them
    messages: log.slice(from).map(({ producer, what }, i) => ({
      offset: String(from + i),
      isControlRecord: what === 'commit' || what === 'abort',
      batchContext: { producerId: String(producer), inTransaction: what !== 'plain' },
    })),
  };
  const data = log.flatMap(({ what }, offset) => (what === 'record' || what === 'plain' ? [offset] : []));
  return { partition, visible: data.filter((offset) => offset >= from && !hidden.has(offset)) };
}

it('the records that are left are those of no aborted transaction, wherever a fetch begins', () => {
  fc.assert(
    fc.property(entries, fc.nat(20), (log, from) => {
      const { partition, visible } = fetched(log, from);
      hideAborted(partition);
      const left = partition.messages.filter(({ isControlRecord }) => !isControlRecord);
      expect(left.map(({ offset }) => Number(offset))).toEqual(visible);
      expect(partition.messages.length).toBe(Math.max(0, log.length - from));
      expect(partition.abortedTransactions ?? []).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it('records of the formats without transactions are left alone', () => {
  const partition: DecodedPartition = {
    abortedTransactions: [{ producerId: '1', firstOffset: '0' }],
    messages: [{ offset: '0', isControlRecord: false }],
  };
  hideAborted(partition);
  expect(partition.messages).toEqual([{ offset: '0', isControlRecord: false }]);
});
