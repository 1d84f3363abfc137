import { type FileHandle, open, stat } from 'node:fs/promises';
import { WeightsError } from '../../../core/index.ts';
import { malformed, withSource } from './faults.ts';
import { LENGTH_BYTES, parseHeader, parseHeaderLength } from './header.ts';
import { openData, type Safetensors } from './safetensors.ts';
import type { Header } from './tensor-info.ts';

/** Most bytes asked from the system at once; it reads no more than 2 GiB. */
const READ_BYTES = 2 ** 30;

/**
 * Reads a safetensors file. The header is read and checked against the size of the file first, the data only if it
 * holds; then memory is the size of the file.
 * @throws WeightsError `WEIGHTS_UNREADABLE` with the fault of the system as its cause, `WEIGHTS_MALFORMED`,
 * `WEIGHTS_UNSUPPORTED`.
 */
export function readSafetensorsFile(path: string): Promise<Safetensors> {
  return withFile(path, async (file, fileBytes) => {
    const { header, dataStart } = await readHeader(path, file, fileBytes);
    const data = await readBytes(file, dataStart, fileBytes - dataStart);
    return openData(header, data, { source: path });
  });
}

/**
 * Reads only the header of a safetensors file: names, dtypes and shapes, checked against the size of the file.
 * @throws WeightsError as {@link readSafetensorsFile}.
 */
export function readSafetensorsHeader(path: string): Promise<Header> {
  return withFile(path, async (file, fileBytes) => (await readHeader(path, file, fileBytes)).header);
}

/**
 * Reads a whole small file.
 * @throws WeightsError `WEIGHTS_UNREADABLE`, `WEIGHTS_MALFORMED` when it has more than `maxBytes` bytes.
 */
export function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array> {
  return withFile(path, (file, fileBytes) => {
    if (fileBytes > maxBytes) throw malformed(`${path}: Expected at most ${maxBytes} bytes, got ${fileBytes}`);
    return readBytes(file, 0, fileBytes);
  });
}

async function readHeader(
  path: string,
  file: FileHandle,
  fileBytes: number,
): Promise<{ readonly header: Header; readonly dataStart: number }> {
  const start = await readBytes(file, 0, Math.min(LENGTH_BYTES, fileBytes));
  const headerBytes = withSource(path, () => parseHeaderLength(start, fileBytes));
  const dataStart = LENGTH_BYTES + headerBytes;
  const bytes = await readBytes(file, LENGTH_BYTES, headerBytes);
  return { header: withSource(path, () => parseHeader(bytes, fileBytes - dataStart)), dataStart };
}

/** Opens an ordinary file, closes it in any case and wraps every fault of the system. */
async function withFile<T>(path: string, use: (file: FileHandle, fileBytes: number) => Promise<T>): Promise<T> {
  try {
    // Asked before it is opened: opening a pipe that nobody writes to would wait for ever.
    const found = await stat(path);
    if (!found.isFile()) throw new WeightsError('WEIGHTS_UNREADABLE', `Expected \`path\` to be a file, got ${path}`);
    const file = await open(path, 'r');
    try {
      return await use(file, (await file.stat()).size);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof WeightsError) throw cause;
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected \`path\` to be a readable file, got ${path}: ${cause}`, {
      cause,
    });
  }
}

async function readBytes(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const wanted = Math.min(READ_BYTES, length - at);
    const { bytesRead } = await file.read(bytes, at, wanted, start + at);
    if (bytesRead === 0) throw new RangeError(`the file ended at byte ${start + at} while it was read`);
    at += bytesRead;
  }
  return bytes;
}
