import { readFileSync } from 'node:fs';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

/** The library's work on a request grows with the square of its records: a floor should not pay for that. */
const PIECE = 1000;

/**
 * The floor of the comparison: what the client library does alone, in a process of its own until SIGTERM. Each batch is sent on
 * and committed.
 *
 *     node dist/bench/kafka/bare-loop.js settings.json
 */
const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly brokers: string[];
  readonly groupId: string;
  readonly input: string;
  readonly output: string;
};
const kafka = new Kafka({ brokers: settings.brokers, logLevel: logLevel.NOTHING });
const producer = kafka.producer({
  createPartitioner: Partitioners.DefaultPartitioner,
  allowAutoTopicCreation: false,
});
const consumer = kafka.consumer({ groupId: settings.groupId, maxWaitTimeInMs: 100 });
process.on('SIGTERM', async () => {
  await consumer.disconnect();
  await producer.disconnect();
});
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [settings.input], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: 16,
  eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
    const { topic, partition, messages } = batch;
    for (let at = 0; at < messages.length; at += PIECE) {
      await producer.send({
        topic: settings.output,
        messages: messages
          .slice(at, at + PIECE)
          .map(({ key, value, timestamp }) => ({ key, value, timestamp, partition })),
      });
    }
    const last = messages.at(-1)?.offset ?? '0';
    resolveOffset(last);
    await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(last) + 1n) }]);
    await heartbeat();
  },
});
