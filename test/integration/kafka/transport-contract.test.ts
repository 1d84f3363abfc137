import { Kafka, logLevel } from 'kafkajs';
import { checkTransport } from '../../checks/transport-checks.ts';
import { describeWithBroker, testBrokers, testTransport } from './broker-setup.ts';

checkTransport({
  name: 'Kafka brokers',
  describe: describeWithBroker,
  open: testTransport,
  trim: async (topic, partition, lowOffset) => {
    const admin = new Kafka({ brokers: testBrokers().split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // the client has to know of the topic
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(lowOffset) }] });
    await admin.disconnect();
  },
});
