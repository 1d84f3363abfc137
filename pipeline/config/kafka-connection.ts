import type { Compression, KafkaConnection, KafkaLog, KafkaSasl, KafkaTls } from '../../connectors/index.ts';
import { ConfigError } from '../../core/index.ts';
import type { KafkaConnectionConfig } from './connection-schema.ts';
import { readNamedFile, readSecret } from './read-secret.ts';

/** Certificates of a whole machine are 250 kB. */
const MAX_PEM_BYTES = 1_000_000;

/** What {@link openKafkaConnection} adds to the settings. */
export interface KafkaConnectionOptions {
  /** Where the settings stand in the pipeline file, for messages. */
  readonly field: 'source.kafka' | 'sink.kafka';
  /** The pipeline's name. */
  readonly clientId: string;
  readonly compression?: Compression | undefined;
  readonly log?: KafkaLog | undefined;
}

/**
 * The connection that a pipeline file describes, with certificates and secrets read from where they are.
 * @throws ConfigError `CONFIG_UNREADABLE`, `CONFIG_INVALID`; they name the field, and tell no secret
 */
export async function openKafkaConnection(
  { brokers, ssl, sasl }: KafkaConnectionConfig,
  { field, clientId, compression, log }: KafkaConnectionOptions,
): Promise<KafkaConnection> {
  return {
    ...{ brokers, clientId },
    ...(ssl === undefined ? {} : { ssl: await readTls(`${field}.ssl`, ssl) }),
    ...(sasl === undefined ? {} : { sasl: await readSasl(`${field}.sasl`, sasl) }),
    ...(compression === undefined ? {} : { compression }),
    ...(log === undefined ? {} : { log }),
  };
}

async function readTls(
  field: string,
  ssl: NonNullable<KafkaConnectionConfig['ssl']>,
): Promise<NonNullable<KafkaConnection['ssl']>> {
  if (typeof ssl === 'boolean') return ssl;
  const { caPath, certPath, keyPath, passphraseEnv, passphraseFile, serverName } = ssl;
  const ca = await readPem(`${field}.caPath`, caPath);
  const cert = await readPem(`${field}.certPath`, certPath);
  const key = await readPem(`${field}.keyPath`, keyPath);
  const passphrase = await readSecret(`${field}.passphrase`, { variable: passphraseEnv, path: passphraseFile });
  const read = { ca, cert, key, passphrase, serverName };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) satisfies KafkaTls;
}

async function readPem(field: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readNamedFile({ field, path, maxBytes: MAX_PEM_BYTES });
  if (text.includes('-----BEGIN ')) return text;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`${field}\` to name a PEM file (-----BEGIN ...), ${path} holds something else`,
  );
}

async function readSasl(field: string, sasl: NonNullable<KafkaConnectionConfig['sasl']>): Promise<KafkaSasl> {
  const { mechanism, username, password: value, passwordEnv: variable, passwordFile: path } = sasl;
  const password = (await readSecret(`${field}.password`, { value, variable, path })) ?? '';
  return { mechanism, username, password };
}
