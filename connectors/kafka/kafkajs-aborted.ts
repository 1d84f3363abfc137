import { createRequire } from 'node:module';

/** Versions of the fetch request that tell aborted transactions. */
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11];

/** A record as the client decodes it. */
interface DecodedRecord {
  readonly offset: string;
  isControlRecord: boolean;
  /** Missing in message formats from before transactions. */
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** What a fetch brought of a partition, as the client decodes it. */
export interface DecodedPartition {
  abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
  readonly messages: readonly DecodedRecord[];
}

interface DecodedFetch {
  readonly responses: readonly { readonly partitions: readonly DecodedPartition[] }[];
}

/** The part of the client that reads the answer to a fetch. */
interface FetchResponse {
  decode(bytes: unknown): Promise<DecodedFetch>;
}

const corrected = new WeakSet<FetchResponse>();

/**
 * Makes the client hide all records of aborted transactions. Its own filter takes the brokers' list, which is in the order
 * of the aborts, for one in the order of the beginnings, and looks at one entry a record: where aborted transactions of
 * two producers overlap in a partition, it gives some of their records as committed. It also takes a record with the key
 * 00 00 00 00 for the end of its transaction. Here they are hidden before that filter sees them.
 *
 * Does nothing the second time.
 */
export function hideAbortedRecords(): void {
  const load = createRequire(import.meta.url);
  for (const version of VERSIONS) {
    const response = load(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`) as FetchResponse;
    if (corrected.has(response)) continue;
    corrected.add(response);
    const { decode } = response;
    response.decode = async (bytes) => {
      const fetch = await decode(bytes);
      for (const { partitions } of fetch.responses) partitions.forEach(hideAborted);
      return fetch;
    };
  }
}

/**
 * Marks the records of aborted transactions as control records, which the client passes over but counts as fetched, and
 * empties the list that its own filter would use.
 */
export function hideAborted(partition: DecodedPartition): void {
  const { abortedTransactions, messages } = partition;
  if (abortedTransactions === null || abortedTransactions.length === 0) return;
  const begun = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, first: BigInt(firstOffset) }))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const aborting = new Set<string>();
  let next = 0;
  for (const message of messages) {
    if (message.batchContext === undefined) continue;
    const { producerId, inTransaction } = message.batchContext;
    for (; next < begun.length && begun[next]!.first <= BigInt(message.offset); next++) {
      aborting.add(begun[next]!.producerId);
    }
    if (message.isControlRecord) aborting.delete(producerId);
    else if (inTransaction && aborting.has(producerId)) message.isControlRecord = true;
  }
  partition.abortedTransactions = [];
}
