import { ConfigError } from '../../core/index.ts';
import { createAnomalyHead } from '../../models/index.ts';
import type { Encoder, EncoderCache } from './encoder-cache.ts';
import { type ModelSnapshot, requirePart } from './model-snapshot.ts';
import type { ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';
import { TokenModel } from './token-model.ts';

/** Front, encoder and head of one stream, joined. Runs wherever it is made: in a worker, or in a test on the main thread. */
export interface StreamModel {
  /** Why the model takes no more: samples that its front had let go of were refused behind it. */
  readonly refusal: unknown;
  /** `samples`: audio `[T]`, or rows `[T, channels]`. */
  push(samples: Float32Array | Float64Array): ModelOutput;
  /** What is still owed at the end of the stream: what a front holds back, then what a look-ahead does. Ends the stream; again it gives nothing. */
  flush(): ModelOutput;
  /** Nothing while the model holds its whole stream: its snapshots would grow with the stream and be no shorter than it. */
  snapshot(): ModelSnapshot | undefined;
  /** @throws SnapshotError when a part is damaged or of another model; the model is then of no more use */
  restore(snapshot: ModelSnapshot): void;
  stats(): ModelStats;
  close(): void;
}

/**
 * Builds the model of a stream.
 * @throws ConfigError when the specification is out of range or its parts do not fit; WeightsError when a model cannot be read
 */
export async function openStreamModel(spec: ModelSpec, encoders: EncoderCache): Promise<StreamModel> {
  if (spec.kind === 'anomaly') return openAnomalyModel(spec, encoders);
  return new TokenModel(spec, await encoders.get(spec.encoder));
}

/** Rows straight into the anomaly head, which may encode them as features. */
async function openAnomalyModel(spec: ModelSpec & { kind: 'anomaly' }, encoders: EncoderCache): Promise<StreamModel> {
  const encoder = spec.encoder === undefined ? undefined : await encoders.get(spec.encoder);
  if (encoder !== undefined) requireImmediate(encoder);
  const head = createAnomalyHead(encoder === undefined ? spec.head : { ...spec.head, encoder });
  const push = (samples: Float32Array | Float64Array): ModelOutput => {
    const startRow = head.position;
    const rows = samples instanceof Float64Array ? samples : Float64Array.from(samples);
    return { kind: 'anomaly', startRow, threshold: head.threshold, ...head.push(rows) };
  };
  return {
    refusal: undefined,
    push,
    flush: () => push(new Float64Array(0)),
    snapshot: () => ({ head: head.snapshot(), given: head.position }),
    restore: (snapshot) => head.restore(requirePart(snapshot, 'head')),
    stats: () => ({ tokens: head.position, cacheBytes: head.stateBytes, busyMs: 0 }),
    close: () => head.reset(),
  };
}

function requireImmediate({ latencyTokens, config }: Encoder): void {
  const faults = [
    ...(config.input === 'ids' ? ['one of ids'] : []),
    ...(latencyTokens === Number.POSITIVE_INFINITY ? ['one that gives nothing before the end'] : []),
    ...(latencyTokens > 0 ? [`a look-ahead of ${latencyTokens} tokens`] : []),
  ];
  if (faults.length === 0) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`encoder\` of the anomaly head to be causal and to take values, because each row is judged when it comes, got ${faults[0]}`,
  );
}
