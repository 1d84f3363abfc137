import type { SnapshotReader, SnapshotWriter } from '../../core/index.ts';
import type { ModelSpec } from '../workers/model-spec.ts';
import { corruptState, readJson, requireIndex, writeJson } from '../workers/snapshot-fields.ts';
import type { TokenFinding } from './finding.ts';

/** Writes findings of one stream and one kind with all their bits. */
export function writeOwed(writer: SnapshotWriter, owed: readonly TokenFinding[]): void {
  writer.array(Float64Array.from(owed, ({ value }) => value.token));
  writer.array(Float64Array.from(owed, ({ value }) => value.startSample));
  writeJson(
    writer,
    owed.map(({ value }) => value.time),
  );
  const embeddings = owed.flatMap((finding) => (finding.kind === 'embedding' ? [finding.value.embedding] : []));
  const width = embeddings[0]?.length ?? 0;
  const rows = new Float32Array(embeddings.length * width);
  for (const [i, embedding] of embeddings.entries()) rows.set(embedding, i * width);
  writer.array(rows);
  const scenes = owed.flatMap((finding) => (finding.kind === 'scene' ? [finding.value] : []));
  writer.array(Float64Array.from(scenes, ({ score }) => score));
  writer.array(Float64Array.from(scenes, ({ threshold }) => threshold));
}

/**
 * Reads {@link writeOwed} back.
 * @throws SnapshotError `SNAPSHOT_CORRUPT`
 */
export function readOwed(reader: SnapshotReader, streamId: string, kind: ModelSpec['kind']): TokenFinding[] {
  const tokens = reader.float64Array();
  const count = tokens.length;
  const startSamples = reader.float64Array(count);
  const times = readTimes(reader, count);
  const rows = reader.float32Array(kind === 'embedding' ? undefined : 0);
  const scores = reader.float64Array(kind === 'scene' ? count : 0);
  const thresholds = reader.float64Array(scores.length);
  const isWhole = kind === 'embedding' && count > 0 ? rows.length > 0 && rows.length % count === 0 : rows.length === 0;
  if (!isWhole || (kind === 'anomaly' && count > 0)) throw corruptState('rows of the owed findings', rows.length);
  const width = count === 0 ? 0 : rows.length / count;
  return Array.from({ length: count }, (_, i): TokenFinding => {
    const token = requireIndex(tokens[i], 'token');
    const startSample = requireIndex(startSamples[i], 'startSample');
    const place = { streamId, token, startSample, time: times[i] as string | null };
    if (kind === 'embedding') {
      return { kind: 'embedding', value: { ...place, embedding: rows.subarray(i * width, (i + 1) * width) } };
    }
    const score = scores[i] as number;
    const threshold = thresholds[i] as number;
    return { kind: 'scene', value: { ...place, score, threshold, isAnomaly: score >= threshold } };
  });
}

function readTimes(reader: SnapshotReader, count: number): readonly (string | null)[] {
  const times = readJson(reader, 'times');
  const isTimes = Array.isArray(times) && times.every((time) => time === null || typeof time === 'string');
  if (!isTimes || times.length !== count) throw corruptState(`times of ${count} owed findings`, times);
  return times;
}
