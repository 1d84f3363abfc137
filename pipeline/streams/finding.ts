import type { Anomaly, Chunk, Embedding, PerColumn, SceneNovelty } from '../../core/index.ts';
import type { ModelOutput } from '../workers/model-spec.ts';

/** What a pipeline gives out: one per token (embedding, scene) or one per row (anomaly). */
export type Finding =
  | { readonly kind: 'embedding'; readonly value: Embedding }
  | { readonly kind: 'scene'; readonly value: SceneNovelty }
  | { readonly kind: 'anomaly'; readonly value: Anomaly };

/** A finding of a token: what a look-ahead or a front may still owe at the end. */
export type TokenFinding = Exclude<Finding, { readonly kind: 'anomaly' }>;

/** Where the tokens of a stream lie on its sample axis. */
export interface TokenAxis {
  readonly streamId: string;
  /** Sample index of token 0. */
  readonly originSample: number;
  readonly hopSamples: number;
  readonly sampleRateHz: number;
  /** Event time of the origin in ms, where known. */
  readonly originTimeMs: number | undefined;
  /** Time texts of rows by sample index, where the source gave them. */
  timeText(sample: number): string | undefined;
}

/** Turns encodings or token scores into findings. Embeddings are views of the output's own array. */
export function tokenFindings(output: ModelOutput & { kind: 'embedding' | 'scene' }, axis: TokenAxis): TokenFinding[] {
  const count = output.kind === 'embedding' ? output.rows.length / output.width : output.scores.length;
  return Array.from({ length: count }, (_, i): TokenFinding => {
    const token = output.startToken + i;
    const startSample = axis.originSample + token * axis.hopSamples;
    const place = { streamId: axis.streamId, token, startSample, time: tokenTime(axis, startSample) };
    if (output.kind === 'embedding') {
      return {
        kind: 'embedding',
        value: { ...place, embedding: output.rows.subarray(i * output.width, (i + 1) * output.width) },
      };
    }
    const score = output.scores[i] as number;
    return {
      kind: 'scene',
      value: { ...place, score, threshold: output.threshold, isAnomaly: score >= output.threshold },
    };
  });
}

/** Turns the verdicts on the rows of `chunk` into findings. `columns` names the channels; one channel gives plain numbers. */
export function rowFindings(
  output: ModelOutput & { kind: 'anomaly' },
  chunk: Chunk,
  columns: readonly string[],
): Finding[] {
  return Array.from(output.scores, (score, i): Finding => {
    const expected = perColumn(output.expected, i, columns);
    return {
      kind: 'anomaly',
      value: {
        streamId: chunk.streamId,
        row: chunk.startSample + i,
        time: chunk.timeTexts?.[i] ?? isoTime(chunk.eventTimesMs?.[i]),
        value: perColumn(chunk.samples, i, columns),
        expected: Number.isNaN(typeof expected === 'number' ? expected : Object.values(expected)[0]) ? null : expected,
        score,
        threshold: output.threshold,
        isAnomaly: score >= output.threshold,
      },
    };
  });
}

/** Whether a finding says that something is wrong. */
export function isAnomalous(finding: Finding): boolean {
  return finding.kind !== 'embedding' && finding.value.isAnomaly;
}

function perColumn(rows: Float32Array | Float64Array, row: number, columns: readonly string[]): PerColumn {
  const width = columns.length;
  if (width === 1) return rows[row] as number;
  return Object.fromEntries(columns.map((column, c) => [column, rows[row * width + c] as number]));
}

function tokenTime(axis: TokenAxis, sample: number): string | null {
  const text = axis.timeText(sample);
  if (text !== undefined) return text;
  if (axis.originTimeMs === undefined || axis.sampleRateHz === 0) return null;
  return isoTime(axis.originTimeMs + ((sample - axis.originSample) / axis.sampleRateHz) * 1000);
}

function isoTime(timeMs: number | undefined): string | null {
  return timeMs === undefined || !(Math.abs(timeMs) <= 8.64e15) ? null : new Date(timeMs).toISOString();
}
