import { describe, expect, it } from 'vitest';
import { MAX_REQUEST_RECORDS, type OutgoingRecord, requestsOf } from '../../../connectors/kafka/index.ts';
import { sendInRequests } from '../../../pipeline/checkpoint/send-records.ts';

const small = (count: number): OutgoingRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: null, value: String(i), partition: 0 }));
const to = { partitionFor: async (): Promise<number> => 0 };

describe('requests of records', () => {
  it('hold a bounded number of records, however small, in their order', async () => {
    const records = small(2 * MAX_REQUEST_RECORDS + 1);
    const requests = await requestsOf(records, { to, topic: 't', maxRequestBytes: 1e9 });
    expect(requests.map((request) => request.records.length)).toEqual([MAX_REQUEST_RECORDS, MAX_REQUEST_RECORDS, 1]);
    expect(requests.flatMap((request) => request.records)).toEqual(records);
  });

  it('of a checkpoint do so too, and the offset of each record is known', async () => {
    const sizes: number[] = [];
    let next = 40n;
    const send = async (_topic: string, _partition: number, sent: readonly OutgoingRecord[]): Promise<bigint> => {
      const first = next;
      sizes.push(sent.length);
      next += BigInt(sent.length) + 5n; // another's records lie between two requests
      return first;
    };
    const target = { send, topic: 't', partition: 0, maxRequestBytes: 1e9 };
    const offsets = await sendInRequests(target, small(MAX_REQUEST_RECORDS + 2));
    expect(sizes).toEqual([MAX_REQUEST_RECORDS, 2]);
    expect(offsets.slice(-3)).toEqual([1039n, 1045n, 1046n]);
  });
});
