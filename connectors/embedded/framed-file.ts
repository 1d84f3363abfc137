import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES } from './frame.ts';
import { guarded, syncPathsNow } from './open-files.ts';

/**
 * Writes a value to a file of its own, whole or not at all.
 * @throws ConnectorError `CONNECTOR_FAILED`
 */
export function writeFramed(path: string, value: unknown): void {
  const draft = `${path}.draft`;
  guarded('write', path, () => {
    writeFileSync(draft, encodeFrame(value));
    syncPathsNow([draft]);
    renameSync(draft, path);
  });
}

/**
 * The value of a file; `undefined` where it is damaged or missing.
 * @throws ConnectorError `CONNECTOR_FAILED` where it cannot be read
 */
export function readFramed(path: string): unknown {
  return guarded('read', path, () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || stat.size > MAX_PAYLOAD_BYTES + FRAME_HEADER_BYTES) return undefined;
    return decodeFrame(readFileSync(path));
  });
}
