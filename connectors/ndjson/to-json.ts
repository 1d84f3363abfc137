import { type Anomaly, type Embedding, InputError, type PerColumn } from '../../core/index.ts';

/** Options of {@link anomalyToJson} and {@link embeddingToJson}. */
export interface ToJsonOptions {
  /** Whether the line begins with `streamId`. Default `omit`. */
  readonly streamId?: 'include' | 'omit';
}

/**
 * One anomaly as one line of JSON, without its newline. Numbers are the shortest text that reads back to the
 * same bits, negative zero included; a number that is not finite becomes `null`.
 * @example
 * {"row":0,"time":"2014-04-01 00:00:00","value":20,"expected":null,"score":0,"threshold":0.99,"isAnomaly":false}
 */
export function anomalyToJson(anomaly: Anomaly, options: ToJsonOptions = {}): string {
  const { row, time, value, expected, score, threshold, isAnomaly } = anomaly;
  const fields = [
    `"row":${row}`,
    `"time":${JSON.stringify(time)}`,
    `"value":${perColumnJson(value)}`,
    `"expected":${expected === null ? 'null' : perColumnJson(expected)}`,
    `"score":${numberJson(score)}`,
    `"threshold":${numberJson(threshold)}`,
    `"isAnomaly":${isAnomaly}`,
  ];
  return `{${streamIdField(anomaly.streamId, options)}${fields.join(',')}}`;
}

/**
 * One embedding as one line of JSON, without its newline. Each value is written as the double that the float32
 * is, so `Math.fround` of what is read back has the same bits, negative zero included. O(outputSize).
 * @throws InputError `VALUE_NOT_FINITE`, because JSON has no text for such a value.
 * @example
 * {"token":0,"startSample":0,"time":null,"embedding":[0.10000000149011612,-0]}
 */
export function embeddingToJson(item: Embedding, options: ToJsonOptions = {}): string {
  const texts = new Array<string>(item.embedding.length);
  for (let i = 0; i < texts.length; i++) {
    const value = item.embedding[i]!;
    if (!Number.isFinite(value)) {
      const where = `embedding[${i}] of token ${item.token}`;
      throw new InputError('VALUE_NOT_FINITE', `Expected ${where} to be finite, got ${value}`, {
        source: item.streamId,
      });
    }
    texts[i] = numberJson(value);
  }
  const fields = `"token":${item.token},"startSample":${item.startSample},"time":${JSON.stringify(item.time)}`;
  return `{${streamIdField(item.streamId, options)}${fields},"embedding":[${texts.join(',')}]}`;
}

function streamIdField(streamId: string, { streamId: choice = 'omit' }: ToJsonOptions): string {
  return choice === 'include' ? `"streamId":${JSON.stringify(streamId)},` : '';
}

function perColumnJson(value: PerColumn): string {
  if (typeof value === 'number') return numberJson(value);
  const fields = Object.entries(value).map(([column, entry]) => `${JSON.stringify(column)}:${numberJson(entry)}`);
  return `{${fields.join(',')}}`;
}

/** As `JSON.stringify`, but it keeps the sign of zero, which that drops. */
function numberJson(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? String(value) : 'null';
}
