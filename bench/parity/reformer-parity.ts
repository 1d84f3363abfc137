import { type ReformerModel, type ReformerSequenceOutput, reformerFromHuggingFace } from '../../models/index.ts';
import type { CaseResults } from './case-results.ts';
import type { ParityCase } from './parity-case.ts';
import { pushAndFlush, pushSizes, requireSameBits } from './push-and-flush.ts';
import { runCached } from './reformer-cached.ts';
import { type ReformerInput, writeEncodings, writeReformer } from './reformer-results.ts';
import { meanCrossEntropy, Results } from './results.ts';

/** Runs the model of a case: over whole sequences, or by cached steps; and as a stream, where that is the same. */
export function runReformer(parity: ParityCase): CaseResults {
  const batch = reformerBatch(parity);
  const model = loadModel(parity, batch[0]?.kinds.length ?? 0);
  if (typeof parity.sidecar.prompt_length === 'number') return runCached(parity, model, batch);
  const offline = new Results(parity);
  const paddingBucket = batch.some(({ kinds }) => kinds.includes(0));
  const settled = batch.map((sequence) => model.encoder.encodeSequence({ ...sequence, paddingBucket, trace: true }));
  settled.forEach((output, b) => {
    writeReformer(offline, { model, sequence: batch[b] as ReformerInput, prefix: 'out.' }, output, b);
  });
  writeLoss(offline, parity);
  const { config } = model.encoder;
  // A stream has nothing in place of the chunks before the first one, and its LSH rules are others.
  if (config.lsh !== undefined) return { offline: offline.values, noStream: 'sorts the whole sequence' };
  if (!config.causal || (config.local?.chunksBefore ?? 0) > 1) {
    return { offline: offline.values, noStream: config.causal ? 'chunks wrap around' : 'not causal' };
  }
  const streamed = pushSizes().map((nextPush) => {
    const results = new Results(parity);
    batch.forEach((sequence, b) => {
      const encodings = pushAndFlush(model.encoder, sequence, nextPush);
      requireSameBits(encodings, (settled[b] as ReformerSequenceOutput).encodings, parity.name);
      writeEncodings(results, { model, sequence, prefix: 'out.' }, encodings, b);
    });
    return results.values;
  });
  return { offline: offline.values, streamed };
}

function loadModel(parity: ParityCase, length: number): ReformerModel {
  const { tensors } = parity.tensors;
  const call = parity.sidecar.call as { num_hashes?: number } | null | undefined;
  const chunk = (parity.config as { lsh_attn_chunk_length?: number }).lsh_attn_chunk_length ?? 64;
  return reformerFromHuggingFace(parity.config, parity.weights, {
    engine: parity.engine ?? 'auto',
    input: tensors.has('in.inputs_embeds') ? 'direct' : 'ids',
    sequenceLength: Math.ceil(length / chunk) * chunk,
    ...(call?.num_hashes === undefined ? {} : { lsh: { numHashes: call.num_hashes } }),
    rotations: (layer) => {
      const name = `rot.layers.${layer}`;
      const shape = tensors.get(name)?.shape ?? [];
      // A layer that never hashes has none; a cached case has one row per call.
      if (shape.length === 0) return new Float32Array(rotationNumbers(parity, length));
      const all = parity.tensors.read(name);
      return shape.length === 5 ? all.subarray(0, all.length / (shape[0] as number)) : all;
    },
  });
}

/** Numbers of a layer's rotations, where the case holds none because nothing was hashed. */
function rotationNumbers(parity: ParityCase, length: number): number {
  const config = parity.config as Record<string, number | readonly number[] | null>;
  const buckets = config.num_buckets ?? 2 * Math.floor(length / (config.lsh_attn_chunk_length as number));
  const factors = typeof buckets === 'number' ? [buckets] : buckets;
  const sum = (factors as readonly number[]).reduce((all, factor) => all + factor, 0);
  const heads = config.num_attention_heads as number;
  return (heads * (config.attention_head_size as number) * (config.num_hashes as number) * sum) / 2;
}

function reformerBatch(parity: ParityCase): ReformerInput[] {
  const { tensors } = parity.tensors;
  const direct = tensors.has('in.inputs_embeds');
  const name = direct ? 'in.inputs_embeds' : 'in.input_ids';
  const [batchSize = 0, count = 0, width = 1] = tensors.get(name)?.shape ?? [];
  const rows = direct ? parity.tensors.read(name) : Float32Array.from(parity.tensors.readIntegers(name));
  const masks = tensors.has('in.attention_mask') ? parity.tensors.readIntegers('in.attention_mask') : undefined;
  return Array.from({ length: batchSize }, (_, b) => ({
    tokens: rows.subarray(b * count * width, (b + 1) * count * width),
    kinds: new Uint8Array(count).map((_, t) => (masks?.[b * count + t] === 0 ? 0 : 1)),
  }));
}

/** A causal language model is scored on the next token. */
function writeLoss(results: Results, parity: ParityCase): void {
  const logits = results.values.get('out.logits');
  const info = parity.tensors.tensors.get('in.labels');
  if (logits === undefined || info === undefined) return;
  const labels = parity.tensors.readIntegers('in.labels');
  const [batchSize = 0, count = 0] = info.shape;
  const shifted = parity.className === 'ReformerModelWithLMHead' ? 1 : 0;
  const moved = new Int32Array(labels.length).fill(-100);
  for (let b = 0; b < batchSize; b++) {
    for (let t = 0; t + shifted < count; t++) moved[b * count + t] = labels[b * count + t + shifted] as number;
  }
  results.values.set('out.loss', Float64Array.of(meanCrossEntropy(logits, moved)));
}
