import { open } from 'node:fs/promises';
import { ConfigError } from '../core/index.ts';

const MAX_BYTES = 4_000_000;

/**
 * Reads a configuration file of at most 4 MB.
 * @throws ConfigError `CONFIG_UNREADABLE`
 */
export async function readTextFile(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const buffer = Buffer.alloc(MAX_BYTES + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) return buffer.toString('utf8', 0, length);
        length += bytesRead;
        if (length > MAX_BYTES) {
          throw new ConfigError('CONFIG_UNREADABLE', `Expected ${path} to be at most ${MAX_BYTES} bytes, got more`);
        }
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      'CONFIG_UNREADABLE',
      `Expected ${path} to be a readable file: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}
