import { ConnectorError } from '../../core/index.ts';
import { loadCodec } from './codecs/index.ts';
import { checkConnection, type KafkaConnection } from './connection.ts';
import { hideAbortedRecords } from './kafkajs-aborted.ts';
import { openAdmin } from './kafkajs-admin.ts';
import { fillInCodecs } from './kafkajs-codecs.ts';
import { KafkajsConsumer } from './kafkajs-consumer.ts';
import { KafkajsLink } from './kafkajs-link.ts';
import { keepLostPlaces } from './kafkajs-lost-place.ts';
import { openProducer } from './kafkajs-producer.ts';
import { openReader } from './kafkajs-reader.ts';
import { tameRequestTimers } from './kafkajs-timers.ts';
import { openTransactional } from './kafkajs-transaction.ts';
import type { KafkaTransport } from './transport.ts';

/**
 * The {@link KafkaTransport} over the `kafkajs` package, which the `kafkajs-*` files alone know. Connects nothing yet.
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `DEPENDENCY_MISSING`, also for the connection's `compression`
 */
export async function kafkajsTransport(connection: KafkaConnection): Promise<KafkaTransport> {
  const checked = checkConnection(connection);
  const library = await import('kafkajs').catch((cause: unknown) => {
    throw new ConnectorError('DEPENDENCY_MISSING', 'Expected the package `kafkajs` to be installed', { cause });
  });
  if (checked.compression !== 'none') await loadCodec(checked.compression);
  fillInCodecs();
  hideAbortedRecords();
  keepLostPlaces();
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
