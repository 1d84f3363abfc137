import { type OutgoingRecord, requestParts } from '../../connectors/index.ts';

/** Sends records of one partition of a topic, in their order and at once; resolves with the offset of the first. */
export type SendRecords = (topic: string, partition: number, records: readonly OutgoingRecord[]) => Promise<bigint>;

/** Where records go, and how. */
export interface SendTarget {
  readonly send: SendRecords;
  readonly topic: string;
  readonly partition: number;
  /** Bytes of records sent at once, at most `MAX_REQUEST_RECORDS` of them; a larger single one goes alone. */
  readonly maxRequestBytes: number;
}

/** Sends any number of records, one request after the other, and returns the offset of each. */
export async function sendInRequests(
  { send, topic, partition, maxRequestBytes }: SendTarget,
  records: readonly OutgoingRecord[],
): Promise<bigint[]> {
  const offsets: bigint[] = [];
  for (const request of requestParts(records, maxRequestBytes)) {
    const first = await send(topic, partition, request);
    for (let i = 0; i < request.length; i++) offsets.push(first + BigInt(i));
  }
  return offsets;
}
