import { Kafka, logLevel, type Message, Partitioners } from 'kafkajs';
import { ensureTopics, type KafkaTransport } from '../../connectors/index.ts';
import type { MortalBrokers } from './random-round.ts';
import { type Committed, compare, readCommitted, type Verdict } from './verdict.ts';

const PARTITIONS = 6;
const RECORDS_PER_PARTITION = 2;
const TRANSACTIONS = 60;
const KILL_AT = 20;

/** Options of {@link spreadSend}. */
export interface SpreadSend {
  readonly topic: string;
  readonly transport: KafkaTransport;
  readonly cluster: MortalBrokers;
  /** The node that is killed. */
  readonly node: number;
  /** `spread`: a request carries records of all partitions; `single`: of one, and is awaited before the next. */
  readonly requests: 'spread' | 'single';
}

/**
 * The rule that a request carries records of one partition, put to the test: the bare client writes transactions while a node
 * dies. What it was told to be committed is compared with what there is.
 */
export async function spreadSend({ topic, transport, cluster, node, requests }: SpreadSend): Promise<Verdict> {
  await ensureTopics(transport, [{ topic, partitions: PARTITIONS }], { create: true });
  const producer = new Kafka({ brokers: [...transport.brokers], logLevel: logLevel.NOTHING }).producer({
    ...{ transactionalId: topic, maxInFlightRequests: 1, idempotent: true },
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 5, factor: 0.2, multiplier: 1.3, maxRetryTime: 500, retries: 60 },
  });
  await producer.connect();
  const written: Message[] = [];
  let killed: Promise<void> | undefined;
  try {
    for (let number = 0; number < TRANSACTIONS; number++) {
      if (number === KILL_AT) killed = cluster.kill(node);
      const messages = messagesOf(number);
      const transaction = await producer.transaction();
      for (const group of requests === 'spread' ? [messages] : byPartition(messages))
        await transaction.send({ topic, acks: -1, messages: group });
      await transaction.commit();
      written.push(...messages);
    }
  } finally {
    await producer.disconnect();
    await killed;
    await cluster.restart(node);
  }
  return compare(expected(written), await readCommitted(transport, topic));
}

function messagesOf(number: number): Message[] {
  return Array.from({ length: PARTITIONS * RECORDS_PER_PARTITION }, (_, i) => ({
    partition: i % PARTITIONS,
    key: `sensor-${i % PARTITIONS}`,
    value: `${number}.${i}`,
    timestamp: String(1e12 + number),
  }));
}

function byPartition(messages: readonly Message[]): Message[][] {
  return Array.from({ length: PARTITIONS }, (_, own) => messages.filter(({ partition }) => partition === own));
}

/** Each record as a reader finds it. */
function expected(written: readonly Message[]): Committed {
  const partitions: { id: string; bytes: string }[][] = Array.from({ length: PARTITIONS }, () => []);
  for (const { partition = 0, key, value, timestamp } of written) {
    const bytes = JSON.stringify([String(key), String(value), [], Number(timestamp)]);
    partitions[partition]?.push({ id: String(key), bytes });
  }
  return partitions;
}
