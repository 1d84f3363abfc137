import { ConnectorError } from '../../core/index.ts';
import { checkConnection, type KafkaConnection } from './connection.ts';
import { hideAbortedRecords } from './kafkajs-aborted.ts';
import { openAdmin } from './kafkajs-admin.ts';
import { KafkajsConsumer } from './kafkajs-consumer.ts';
import { KafkajsLink } from './kafkajs-link.ts';
import { openProducer } from './kafkajs-producer.ts';
import { openReader } from './kafkajs-reader.ts';
import { tameRequestTimers } from './kafkajs-timers.ts';
import { openTransactional } from './kafkajs-transaction.ts';
import type { KafkaTransport } from './transport.ts';

/**
 * The {@link KafkaTransport} over the `kafkajs` package, which the `kafkajs-*` files alone know. Connects nothing yet.
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `DEPENDENCY_MISSING`
 */
export async function kafkajsTransport(connection: KafkaConnection): Promise<KafkaTransport> {
  const checked = checkConnection(connection);
  const library = await import('kafkajs').catch((cause: unknown) => {
    throw new ConnectorError('DEPENDENCY_MISSING', 'Expected the package `kafkajs` to be installed', { cause });
  });
  hideAbortedRecords();
  tameRequestTimers();
  const link = (): KafkajsLink => new KafkajsLink(library, checked);
  return {
    brokers: checked.brokers,
    admin: () => openAdmin(link()),
    producer: () => openProducer(link(), library.Partitioners.DefaultPartitioner),
    consumer: async (options) => {
      const own = link();
      const consumer = new KafkajsConsumer(own, await openAdmin(own), options);
      await consumer.connect();
      return consumer;
    },
    transactional: (options) => openTransactional(link(), library.Partitioners.DefaultPartitioner, options),
    reader: (options) => openReader(link(), options),
  };
}
