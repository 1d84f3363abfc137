import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ConfigError, show } from '../../core/index.ts';

/** TLS with certificates of one's own, as PEM texts. */
export interface KafkaTls {
  /** Certificates of the authorities to believe instead of the machine's. */
  readonly ca?: string;
  /** The client's certificate, for brokers that ask for one; together with {@link key}. */
  readonly cert?: string;
  readonly key?: string;
  /** Opens an encrypted {@link key}. */
  readonly passphrase?: string;
  /** The name that the brokers' certificates must carry. Default: the host that is connected to. */
  readonly serverName?: string;
}

const FIELDS = ['ca', 'cert', 'key', 'passphrase', 'serverName'] as const;

/**
 * Checks the settings of TLS, certificates and key included: a broken one would fail later, at each connection.
 * @throws ConfigError `CONFIG_INVALID`; the message has nothing of a key
 */
export function checkTls(ssl: boolean | KafkaTls): boolean | KafkaTls {
  if (typeof ssl === 'boolean') return ssl;
  for (const field of FIELDS) {
    const text: unknown = ssl[field];
    if (text === undefined || (typeof text === 'string' && text !== '')) continue;
    throw new ConfigError('CONFIG_INVALID', `Expected \`ssl.${field}\` to be a text, got ${show(typeof text)}`);
  }
  if ((ssl.cert === undefined) !== (ssl.key === undefined)) {
    const lone = ssl.cert === undefined ? 'key' : 'cert';
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`ssl.cert\` and \`ssl.key\` together, got \`ssl.${lone}\` alone`,
    );
  }
  for (const field of ['ca', 'cert', 'key'] as const) {
    if (ssl[field]?.includes('-----BEGIN ') === false) {
      throw new ConfigError('CONFIG_INVALID', `Expected \`ssl.${field}\` to be a PEM text (-----BEGIN ...)`);
    }
  }
  try {
    if (ssl.ca !== undefined) new X509Certificate(ssl.ca); // what is no certificate would be passed over below
    createSecureContext(secretsOf(ssl));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError('CONFIG_INVALID', `Expected \`ssl\` to hold PEM texts that fit together, got: ${said}`);
  }
  return ssl;
}

/** The settings as Node's `tls.connect` takes them. */
export function tlsOptions(
  ssl: boolean | KafkaTls,
): boolean | (ReturnType<typeof secretsOf> & { servername?: string }) {
  if (typeof ssl === 'boolean') return ssl;
  return { ...secretsOf(ssl), ...(ssl.serverName === undefined ? {} : { servername: ssl.serverName }) };
}

function secretsOf({ ca, cert, key, passphrase }: KafkaTls) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}
