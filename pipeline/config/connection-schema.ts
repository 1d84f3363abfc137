import { z } from 'zod';
import { COMPRESSIONS, missingForCodec } from '../../connectors/index.ts';

const path = z.string().min(1).max(4096);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'Expected the name of an environment variable');

const brokers = z
  .array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'Expected host:port'))
  .min(1)
  .max(64);

const tls = z
  .strictObject({
    /** PEM file of the authorities to believe instead of the machine's. */
    caPath: path.optional(),
    /** PEM file of the client's certificate, for brokers that ask for one; together with `keyPath`. */
    certPath: path.optional(),
    keyPath: path.optional(),
    /** Environment variable with what opens an encrypted key. */
    passphraseEnv: variable.optional(),
    /** File with what opens an encrypted key. */
    passphraseFile: path.optional(),
    /** The name that the brokers' certificates must carry. Default: the host that is connected to. */
    serverName: z.string().min(1).max(255).optional(),
  })
  .refine(({ certPath, keyPath }) => (certPath === undefined) === (keyPath === undefined), {
    message: 'Expected `certPath` and `keyPath` together',
  })
  .refine(({ passphraseEnv, passphraseFile }) => passphraseEnv === undefined || passphraseFile === undefined, {
    message: 'Expected one of `passphraseEnv` and `passphraseFile`',
  })
  .refine((given) => given.keyPath !== undefined || (given.passphraseEnv ?? given.passphraseFile) === undefined, {
    message: 'Expected `keyPath` beside a passphrase',
  });

const sasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1).max(1000),
    /** The password itself; better one of the next two, which keep it out of this file. */
    password: z.string().min(1).max(4096).optional(),
    /** Environment variable with the password. */
    passwordEnv: variable.optional(),
    /** File with the password; a line break at its end does not count. */
    passwordFile: path.optional(),
  })
  .refine((given) => [given.password, given.passwordEnv, given.passwordFile].filter(isGiven).length === 1, {
    message: 'Expected exactly one of `passwordEnv`, `passwordFile` and `password`',
  });

/** How to reach the brokers of `source.kafka` or `sink.kafka`. */
export const kafkaConnection = {
  brokers,
  /** TLS: `true` believes the authorities of the machine. Default: none. */
  ssl: z.union([z.boolean(), tls]).optional(),
  /** Login of brokers that ask for one. */
  sasl: sasl.optional(),
};

/** How findings, dead letters and states are compressed. */
export const compression = z.enum(COMPRESSIONS).superRefine((value, context) => {
  const missing = missingForCodec(value);
  if (missing !== undefined) context.addIssue({ code: 'custom', message: missing });
});

/** The checked settings of one cluster. */
export interface KafkaConnectionConfig {
  readonly brokers: readonly string[];
  readonly ssl?: z.output<typeof kafkaConnection.ssl>;
  readonly sasl?: z.output<typeof kafkaConnection.sasl>;
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
