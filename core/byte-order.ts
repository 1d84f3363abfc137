import { ConfigError } from './errors.ts';

/** The number 1 of 16 bits as it lies in this machine's memory. */
const ONE = new Uint8Array(Uint16Array.of(1).buffer);

/**
 * Digests, snapshots, files of weights and WebAssembly all hold numbers lowest byte first, and typed arrays are read and written
 * as they lie in memory. A machine with the other order would give other bytes, so it is refused.
 * @param one the number 1 of 16 bits as bytes, default this machine's
 * @throws ConfigError `CONFIG_INVALID`
 */
export function requireLittleEndian(one: Uint8Array = ONE): void {
  if (one[0] === 1) return;
  throw new ConfigError('CONFIG_INVALID', 'Expected a little-endian machine, this one stores the highest byte first');
}
