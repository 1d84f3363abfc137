import { ConfigError, requireInteger, requireOneOf, show } from '../../core/index.ts';
import { COMPRESSIONS, type Compression } from './codecs/index.ts';
import { checkTls, type KafkaTls } from './tls.ts';

/** How much a log line matters. */
export type KafkaLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes what the Kafka client has to say. */
export type KafkaLog = (level: KafkaLogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Login of a cluster that asks for one. */
export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** How to reach a cluster. */
export interface KafkaConnection {
  /** `host:port` of one or more bootstrap brokers; a list, or one string with commas. */
  readonly brokers: string | readonly string[];
  /** Name for the broker's logs. Default `longwave`. */
  readonly clientId?: string;
  /** TLS: `true` believes the machine's certificate authorities; or what to believe and to show. Default `false`. */
  readonly ssl?: boolean | KafkaTls;
  readonly sasl?: KafkaSasl;
  /**
   * How records that are written are compressed; whatever they were written with is read. `snappy` and `lz4` need an optional
   * package, `zstd` a Node that has it. Default `none`.
   */
  readonly compression?: Compression;
  /** Time to reach a broker before a call fails, in ms, 100..600000. Default 10000. */
  readonly connectTimeoutMs?: number;
  /** Time in which brokers must have taken a request before a write fails, in ms, 100..600000. Default 30000. */
  readonly sendTimeoutMs?: number;
  /** Where the client's log lines go. Default: nowhere. What a retry mends comes as `debug`, a connection that breaks as `warn`. */
  readonly log?: KafkaLog;
}

/** A {@link KafkaConnection} with its defaults filled in. */
export interface CheckedConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl: boolean | KafkaTls;
  readonly sasl: KafkaSasl | undefined;
  readonly compression: Compression;
  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly log: KafkaLog;
}

/** @throws ConfigError `CONFIG_INVALID` */
export function checkConnection(connection: KafkaConnection): CheckedConnection {
  const listed = typeof connection.brokers === 'string' ? connection.brokers.split(',') : connection.brokers;
  const brokers = listed.map((broker) => broker.trim()).filter((broker) => broker !== '');
  if (brokers.length === 0 || brokers.length > 100) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`brokers\` to name 1..100 brokers, got ${show(brokers)}`);
  }
  for (const broker of brokers) splitHostPort(broker);
  const { sasl } = connection;
  if (sasl !== undefined) {
    requireOneOf('sasl.mechanism', sasl.mechanism, ['plain', 'scram-sha-256', 'scram-sha-512']);
    if (typeof sasl.username !== 'string' || typeof sasl.password !== 'string') {
      throw new ConfigError('CONFIG_INVALID', 'Expected `sasl.username` and `sasl.password` to be texts');
    }
  }
  return {
    brokers,
    clientId: connection.clientId ?? 'longwave',
    ssl: checkTls(connection.ssl ?? false),
    sasl,
    compression: requireOneOf('compression', connection.compression ?? 'none', COMPRESSIONS),
    connectTimeoutMs: requireInteger('connectTimeoutMs', connection.connectTimeoutMs ?? 10_000, {
      min: 100,
      max: 600_000,
    }),
    sendTimeoutMs: requireInteger('sendTimeoutMs', connection.sendTimeoutMs ?? 30_000, { min: 100, max: 600_000 }),
    log: connection.log ?? (() => {}),
  };
}

/**
 * Splits `host:port`, `[::1]:9092` included.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function splitHostPort(broker: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(broker);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`brokers\` to be of the form host:port, got ${show(broker)}`);
  }
  return { host: match[1] ?? match[2]!, port };
}
