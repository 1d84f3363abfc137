import type { Writable } from 'node:stream';
import { ConfigError, ConnectorError, type Sink, StateError, show } from '../../core/index.ts';
import { fileWriter, type LineWriter, streamWriter } from './line-writer.ts';

/** Characters joined into one write. */
const WRITE_CHARACTERS = 65536;

/** Where lines go. Exactly one of `stream` and `path` is given. */
export interface NdjsonTarget {
  /** A stream that stays the caller's; the sink does not end it. */
  readonly stream?: Writable;
  /** A file. It appears when the sink is closed, whole; until then the lines are in `<path>.partial`. */
  readonly path?: string;
  /** Name for messages; default the path, or `stream`. */
  readonly name?: string;
}

/**
 * A sink that writes one line of JSON for each item. `write` resolves when the stream or file has taken the
 * lines, so a slow reader slows the writer down; at most 64 Ki characters and one item wait in between.
 *
 * @param serialise gives the JSON of an item, without line breaks; see `anomalyToJson` and `embeddingToJson`.
 * @throws ConfigError unless exactly one target is given. From `write` and `close` ConnectorError `SINK_FAILED`,
 *   whose cause is the system's error (`EPIPE` where the reader has gone); after it the sink stays failed.
 * @example
 * const sink = ndjsonSink<Anomaly>({ stream: process.stdout }, anomalyToJson);
 */
export function ndjsonSink<T>(target: NdjsonTarget, serialise: (item: T) => string): Sink<T> {
  const name = target.name ?? target.path ?? 'stream';
  const writer = writerOf(target);
  let state: 'open' | 'failed' | 'closed' = 'open';
  const guarded = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (cause) {
      state = 'failed';
      await writer.abandon().catch(() => undefined);
      throw sinkFailed(name, cause);
    }
  };
  return {
    name,
    async write(items) {
      if (state === 'closed') throw new StateError('STREAM_CLOSED', `Expected ${name} to be open, it is closed`);
      if (state === 'failed') throw sinkFailed(name, undefined);
      let text = '';
      for (const item of items) {
        text += `${serialise(item)}\n`;
        if (text.length < WRITE_CHARACTERS) continue;
        const full = text;
        text = '';
        await guarded(() => writer.write(full));
      }
      if (text.length > 0) await guarded(() => writer.write(text));
    },
    async abandon() {
      const before = state;
      state = 'closed';
      if (before === 'open') await writer.abandon();
    },
    async close() {
      const before = state;
      state = 'closed';
      if (before === 'open') await guarded(() => writer.finish());
    },
  };
}

function writerOf({ stream, path }: NdjsonTarget): LineWriter {
  if (stream !== undefined && path === undefined) return streamWriter(stream);
  if (path !== undefined && stream === undefined) return fileWriter(path);
  const got = stream === undefined ? 'neither' : 'both';
  throw new ConfigError('CONFIG_INVALID', `Expected exactly one of \`stream\` and \`path\`, got ${got}`);
}

function sinkFailed(name: string, cause: unknown): ConnectorError {
  const reason = cause instanceof Error ? cause.message : cause === undefined ? 'an earlier write failed' : show(cause);
  return new ConnectorError('SINK_FAILED', `Expected ${name} to take the results, got: ${reason}`, { cause });
}
