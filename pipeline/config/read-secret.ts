import { open } from 'node:fs/promises';
import { ConfigError } from '../../core/index.ts';

/** A file that a field of a pipeline file names. */
export interface NamedFile {
  /** As `source.kafka.ssl.caPath`. */
  readonly field: string;
  readonly path: string;
  readonly maxBytes: number;
}

/**
 * Reads a short text from a file.
 * @throws ConfigError `CONFIG_UNREADABLE` that names the field and the file, and has nothing of what is in it
 */
export async function readNamedFile({ field, path, maxBytes }: NamedFile): Promise<string> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  try {
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        length += bytesRead;
        if (bytesRead === 0 || length > maxBytes) break;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError('CONFIG_UNREADABLE', `Expected \`${field}\` to name a readable file, got: ${said}`, {
      cause,
    });
  }
  if (length <= maxBytes) return buffer.toString('utf8', 0, length);
  throw new ConfigError(
    'CONFIG_UNREADABLE',
    `Expected \`${field}\` to name a file of at most ${maxBytes} bytes, ${path} has more`,
  );
}

/** Where a secret is: itself, in a variable or in a file. */
export interface SecretPlaces {
  readonly value?: string | undefined;
  readonly variable?: string | undefined;
  readonly path?: string | undefined;
}

const MAX_SECRET_BYTES = 4096;

/**
 * Reads a secret from where it is; `undefined` where none is named.
 * @param field without its ending, as `source.kafka.sasl.password`
 * @throws ConfigError `CONFIG_INVALID` for a variable that is not set or a file that is empty, `CONFIG_UNREADABLE`
 */
export async function readSecret(field: string, { value, variable, path }: SecretPlaces): Promise<string | undefined> {
  if (value !== undefined) return value;
  if (variable !== undefined) {
    const found = process.env[variable];
    if (found !== undefined && found !== '') return found;
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${field}Env\` to name a variable of the environment that is set, got ${variable}, which is not`,
    );
  }
  if (path === undefined) return undefined;
  const text = await readNamedFile({ field: `${field}File`, path, maxBytes: MAX_SECRET_BYTES });
  const secret = text.replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  throw new ConfigError('CONFIG_INVALID', `Expected \`${field}File\` to name a file that holds it, ${path} is empty`);
}
