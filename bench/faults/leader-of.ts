import { Kafka, logLevel } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';

/** The node that leads a partition. @throws ConnectorError where none does */
export async function leaderOf(
  brokers: readonly string[],
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<number> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const found = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
    if (found === undefined || found.leader < 0) {
      throw new ConnectorError('CONNECTOR_FAILED', `Expected topic ${topic}, partition ${partition} to have a leader`);
    }
    return found.leader;
  } finally {
    await admin.disconnect();
  }
}
