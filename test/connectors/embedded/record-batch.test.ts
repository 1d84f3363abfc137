import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchRecord, decodeBatch, encodeBatch, readHeader } from '../../../connectors/embedded/record-batch.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const record: fc.Arbitrary<Omit<BatchRecord, 'offset'>> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.tuple(fc.string(), bytes), { maxLength: 3 }).map((headers) => new Map(headers)),
  timestampMs: fc.oneof(fc.integer({ min: -1, max: 2 ** 41 }), fc.constantFrom(0, 2 ** 50)),
});
const PLACE = { topic: 't', partition: 3, offset: 0n };

function placed(records: readonly Omit<BatchRecord, 'offset'>[], base: bigint): BatchRecord[] {
  return records.map((one, i) => ({ ...one, offset: base + BigInt(i) }));
}

describe('a record batch', () => {
  it('gives back every record that it was made of', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.bigInt({ min: 0n, max: 2n ** 62n }), (records, base) => {
        const header = { kind: 'transactional', transaction: 7, baseOffset: base, lastOffset: base + 9n } as const;
        const batch = encodeBatch(header, placed(records, base));
        expect(readHeader(batch)).toEqual({ ...header, count: records.length });
        const read = decodeBatch(batch, PLACE);
        expect(read).toEqual(
          placed(records, base).map(({ key, value, headers, ...rest }) => ({
            ...rest,
            topic: 't',
            partition: 3,
            key: key && Buffer.from(key),
            value: value && Buffer.from(value),
            headers: new Map([...headers].map(([name, one]) => [name, Buffer.from(one)])),
          })),
        );
      }),
    );
  });

  it('is as large as a batch of Kafka with the same records', async () => {
    const require = createRequire(import.meta.url);
    const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0');
    const Record = require('kafkajs/src/protocol/recordBatch/record/v0');
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
        const first = records[0]!.timestampMs;
        const theirs = records.map(({ key, value, headers, timestampMs }, i) =>
          Record({
            offsetDelta: i,
            timestampDelta: timestampMs - first,
            key: key && Buffer.from(key),
            value: value && Buffer.from(value),
            headers: Object.fromEntries([...headers].map(([name, one]) => [name, Buffer.from(one)])),
          }),
        );
        const encoded = await RecordBatch({ firstTimestamp: first, maxTimestamp: first, records: theirs });
        const header = { kind: 'plain', transaction: 0, baseOffset: 0n, lastOffset: 0n } as const;
        expect(encodeBatch(header, placed(records, 0n)).length).toBe(encoded.size());
      }),
    );
  });

  it('is refused when any of its bits is another one, or it is cut off', () => {
    const header = { kind: 'plain', transaction: 0, baseOffset: 5n, lastOffset: 5n } as const;
    const one = { key: Buffer.from('k'), value: Buffer.from('v'), headers: new Map(), timestampMs: 1, offset: 5n };
    const batch = encodeBatch(header, [one]);
    for (let bit = 0; bit < batch.length * 8; bit++) {
      const changed = Buffer.from(batch);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(readHeader(changed)).toBeUndefined();
    }
    for (let length = 0; length < batch.length; length++) {
      expect(readHeader(batch.subarray(0, length))).toBeUndefined();
    }
    const cut = batch.subarray(0, batch.length - 1);
    expect(() => decodeBatch(cut, PLACE)).toThrow(expect.objectContaining({ code: 'CONNECTOR_FAILED' }));
  });
});
