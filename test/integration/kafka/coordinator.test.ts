import { expect, it } from 'vitest';
import { BrokerProxy } from '../../../bench/faults/broker-proxy.ts';
import { kafkajsTransport } from '../../../connectors/kafka/index.ts';
import { describeWithBroker, eventually, freshTopic, testTransport } from './broker-setup.ts';
import { numbered, produce, running } from './harness.ts';

describeWithBroker('A group whose coordinator is not known yet', () => {
  // The proxy stands before brokers of this machine.
  it.skipIf(process.env.KAFKA_BROKERS)(
    'is joined once it is, though the client gives up before',
    async () => {
      const direct = await testTransport();
      const topic = await freshTopic(direct);
      await produce(direct, topic, numbered(20, 1));
      const proxy = new BrokerProxy([], 1);
      proxy.hidesCoordinators = true;
      let joinedAnew = 0;
      const transport = await kafkajsTransport({
        brokers: await proxy.open(direct.brokers),
        log: (_, message) => {
          if (message === 'the group is joined anew') joinedAnew += 1;
        },
      });
      let taken = 0;
      const source = running(
        { transport, topic, groupId: `${topic}-group` },
        {
          onRecords: async ({ records }) => {
            taken += records.length;
          },
        },
      );
      try {
        await eventually('two tries of the client to come to nothing', () => joinedAnew >= 2, 60_000);
        expect(taken).toBe(0);
        proxy.hidesCoordinators = false;
        await eventually('all records to be taken', () => taken === 20, 60_000);
      } finally {
        await source.stop();
        await proxy.close();
      }
    },
    150_000,
  );
});
