import { type FileHandle, open } from 'node:fs/promises';
import { ConfigError, InputError, LongwaveError, StateError, show } from '../../core/index.ts';
import { untilAborted } from './until-aborted.ts';

/** Bytes asked of the file system at a time. */
const READ_BYTES = 65536;

/** Where bytes come from: a file, opened anew each time, or a stream, which can be read once. */
export interface ByteInput {
  /** Path of a file. Exactly one of `path` and `stream` is given. */
  readonly path?: string;
  /** Bytes as they arrive: a Node stream, a pipe, an async generator. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Name for messages; default the path, or `stream`. */
  readonly name?: string;
}

/** A {@link ByteInput} after its check: a name for messages and a way to read. */
export interface ByteReader {
  readonly name: string;
  /**
   * The bytes in the pieces in which they arrive. Nothing is read ahead of `next()`; the pieces end when the
   * signal aborts; `return()` closes the file or the stream.
   * @throws InputError `INPUT_UNREADABLE` when the file or stream fails; StateError `STREAM_CLOSED` when a
   *   stream is opened a second time.
   */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/**
 * Checks a {@link ByteInput}.
 * @throws ConfigError `CONFIG_INVALID` unless exactly one of `path` and `stream` is given.
 */
export function byteReader(input: ByteInput): ByteReader {
  const { path, stream } = input;
  if (path !== undefined && stream === undefined) {
    if (typeof path !== 'string' || path.length === 0 || path.includes('\0')) {
      throw new ConfigError('CONFIG_INVALID', `Expected \`path\` to be the path of a file, got ${show(path)}`);
    }
    const name = input.name ?? path;
    return { name, open: (signal) => typedFaults(untilAborted(fileBytes(path), signal), name) };
  }
  if (stream === undefined || path !== undefined) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected exactly one of \`path\` and \`stream\`, got ${path === undefined ? 'neither' : 'both'}`,
    );
  }
  if (typeof stream[Symbol.asyncIterator] !== 'function') {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`stream\` to be an async iterable of bytes, got ${show(stream)}`,
    );
  }
  const name = input.name ?? 'stream';
  let opened = false;
  return {
    name,
    open(signal) {
      if (opened) throw new StateError('STREAM_CLOSED', `Expected ${name} to be opened once, it was opened again`);
      opened = true;
      return typedFaults(untilAborted(stream, signal), name);
    },
  };
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file: FileHandle = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* typedFaults(
  pieces: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      if (!(next.value instanceof Uint8Array)) {
        const place = { source };
        throw new InputError('INPUT_UNREADABLE', `Expected the stream to give bytes, got ${show(next.value)}`, place);
      }
      yield next.value;
    }
  } catch (cause) {
    if (cause instanceof LongwaveError) throw cause;
    const reason = cause instanceof Error ? cause.message : show(cause);
    throw new InputError('INPUT_UNREADABLE', `Expected a readable input, got: ${reason}`, { source }, { cause });
  } finally {
    await iterator.return?.();
  }
}
