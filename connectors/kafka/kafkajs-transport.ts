import type { LogEntry } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';
import { type CheckedConnection, checkConnection, type KafkaConnection, type KafkaLogLevel } from './connection.ts';
import { openAdmin } from './kafkajs-admin.ts';
import { KafkajsConsumer } from './kafkajs-consumer.ts';
import { KafkajsProducer } from './kafkajs-producer.ts';
import { connect, RETRY } from './kafkajs-settings.ts';
import type { KafkaTransport } from './transport.ts';

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The {@link KafkaTransport} over the `kafkajs` package, which the `kafkajs-*` files alone know. Connects nothing yet.
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `DEPENDENCY_MISSING`
 */
export async function kafkajsTransport(connection: KafkaConnection): Promise<KafkaTransport> {
  const checked = checkConnection(connection);
  const library = await import('kafkajs').catch((cause: unknown) => {
    throw new ConnectorError('DEPENDENCY_MISSING', 'Expected the package `kafkajs` to be installed', { cause });
  });
  const client = new library.Kafka({
    brokers: [...checked.brokers],
    clientId: checked.clientId,
    ssl: checked.ssl,
    ...(checked.sasl === undefined ? {} : { sasl: { ...checked.sasl } as never }),
    connectionTimeout: Math.min(checked.connectTimeoutMs, 5000),
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: library.logLevel.INFO,
    logCreator: () => (entry) => forwardLog(checked, entry),
  });
  const admin = () => openAdmin(client, checked);
  return {
    brokers: checked.brokers,
    admin,
    producer: async () => {
      const createPartitioner = library.Partitioners.DefaultPartitioner;
      const producer = client.producer({
        createPartitioner,
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        retry: RETRY,
      });
      await connect(producer, checked);
      return new KafkajsProducer(producer, await admin(), createPartitioner, checked);
    },
    consumer: async (options) => {
      const consumer = new KafkajsConsumer(client, await admin(), options, checked);
      await consumer.connect();
      return consumer;
    },
  };
}

/** The client calls errors what its next retry mends, so they come as warnings; what stays broken is thrown. */
function forwardLog({ log }: CheckedConnection, { level, log: entry }: LogEntry): void {
  const { message, timestamp: _, stack: __, ...fields } = entry;
  const name: KafkaLogLevel = level <= 2 ? 'warn' : level === 4 ? 'info' : 'debug';
  log(name, message, fields);
}
