import type { KafkaRecord, RecordDecoder } from '../../connectors/index.ts';
import { InputError, SnapshotError, show } from '../../core/index.ts';
import type { Arrival, SequencePlace } from './chunk-sequence.ts';

/** What a partition knows of a stream besides its model, as a JSON value: of its decoder, and of the order of its chunks. */
export function intakeJson(decoder: unknown, { originSample, nextSample, waiting }: SequencePlace): unknown {
  return {
    ...{ decoder, originSample: originSample ?? null, nextSample },
    waiting: waiting.map(
      ({ record: { topic, partition, offset, timestampMs, key, value, headers }, decoder: before }) => ({
        ...{ topic, partition, offset: String(offset), timestampMs, decoder: before },
        ...{ key: base64(key), value: base64(value) },
        headers: [...headers].map(([name, bytes]) => [name, base64(bytes)]),
      }),
    ),
  };
}

/**
 * Reads {@link intakeJson} back. Records that wait are decoded anew, each from what the decoder knew before it; then the decoder
 * goes on where it was.
 * @throws SnapshotError `SNAPSHOT_CORRUPT`, `SNAPSHOT_MODEL_MISMATCH`
 */
export function restoreIntake(streamId: string, json: unknown, decoder: RecordDecoder): SequencePlace {
  const fault = (expected: string, got: unknown): SnapshotError =>
    new SnapshotError(
      'SNAPSHOT_CORRUPT',
      `Expected the state of stream ${show(streamId)} to have ${expected}, got ${show(got)}`,
    );
  const fields = (value: unknown): Readonly<Record<string, unknown>> => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    throw fault('the order of its chunks', value);
  };
  const index = (value: unknown): number => {
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw fault('indices of samples', value);
  };
  const { decoder: known, originSample, nextSample, waiting } = fields(json);
  if (!Array.isArray(waiting)) throw fault('records that wait', waiting);
  const arrivals = waiting.map((one: unknown): Arrival => {
    const { decoder: before, ...parts } = fields(one);
    try {
      const record = recordOf(parts);
      decoder.restore(streamId, before);
      return { record, chunk: decoder.decode(record), decoder: before };
    } catch (error) {
      if (error instanceof InputError || error instanceof TypeError || error instanceof SyntaxError) {
        throw fault('records that can be read', parts.offset);
      }
      throw error;
    }
  });
  decoder.restore(streamId, known);
  const origin = originSample === null ? undefined : index(originSample);
  return { originSample: origin, nextSample: index(nextSample), waiting: arrivals };
}

/** @throws TypeError, SyntaxError */
function recordOf(parts: Readonly<Record<string, unknown>>): KafkaRecord {
  const { topic, partition, offset, timestampMs, key, value, headers } = parts;
  const named = (headers as readonly (readonly [string, string])[]).map(
    ([name, bytes]) => [name, Uint8Array.from(Buffer.from(bytes, 'base64'))] as const,
  );
  return {
    ...{ topic: String(topic), partition: Number(partition), offset: BigInt(offset as string) },
    ...{ timestampMs: Number(timestampMs), headers: new Map(named) },
    ...{ key: bytesOf(key), value: bytesOf(value) },
  };
}

function bytesOf(text: unknown): Uint8Array | null {
  return text === null ? null : Uint8Array.from(Buffer.from(text as string, 'base64'));
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64');
}
