import { malformed } from './faults.ts';

/**
 * Decodes text that must be valid UTF-8; a byte order mark stays in it.
 * @throws WeightsError `WEIGHTS_MALFORMED`.
 */
export function decodeUtf8(what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw malformed(`Expected ${what} to be valid UTF-8, got ${bytes.length} bytes that are not`, cause);
  }
}
