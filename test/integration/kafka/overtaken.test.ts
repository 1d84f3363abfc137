import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { describeWithBroker, freshTopic, testBrokers, testTransport } from './broker-setup.ts';
import { committed, numbered, produce, running, text } from './harness.ts';

describeWithBroker('A source that retention has overtaken', () => {
  it('ends with what is missing, and leaves the offset of its group where it was', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const groupId = `g-${topic}`;
    await produce(transport, topic, numbered(3, 1));
    const admin = new Kafka({ brokers: testBrokers().split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const seen: string[] = [];
    const source = running(
      { transport, topic, groupId, maxRecords: 1 },
      {
        onRecords: async ({ records }) => {
          seen.push(...records.map(({ value }) => text(value)));
          if (seen.length < 3) return;
          await produce(transport, topic, numbered(3, 1));
          await admin.fetchTopicOffsets(topic); // the client has to know of the topic
          await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
        },
      },
    );
    await expect(source.done).rejects.toMatchObject({ name: 'StateError', code: 'INPUT_EXPIRED' });
    await expect(source.done).rejects.toThrow('from offset 3 on (the next to read), it holds 5 to 6');
    await admin.disconnect();
    expect(seen).toEqual(['0', '1', '2']);
    expect(await committed(transport, topic, groupId)).toEqual([3n]);
  });
});
