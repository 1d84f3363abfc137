import { type CachedOutput, CachedReformer, type CallRotations, type ReformerModel } from '../../models/index.ts';
import type { CaseResults } from './case-results.ts';
import type { ParityCase } from './parity-case.ts';
import { type ReformerInput, writeReformer } from './reformer-results.ts';
import { Results } from './results.ts';

/** Runs a cached case: a first call, then single tokens, each with the rotations of its call; and one pass over the whole. */
export function runCached(parity: ParityCase, model: ReformerModel, batch: readonly ReformerInput[]): CaseResults {
  const results = new Results(parity);
  const promptLength = parity.sidecar.prompt_length as number;
  const { encoder } = model;
  const width = encoder.inputSize;
  const cached = new CachedReformer(encoder, batch.length);
  const prompts = batch.map(({ tokens, kinds }) => ({
    tokens: tokens.subarray(0, promptLength * width),
    kinds: kinds.subarray(0, promptLength),
  }));
  const first = cached.start(
    prompts.map(({ tokens }) => tokens),
    rotationsOf(parity, 0),
  );
  first.forEach((output, b) => {
    writeReformer(results, { model, sequence: prompts[b] as ReformerInput, prefix: 'out.prompt.' }, output, b);
  });
  const total = batch[0]?.kinds.length ?? 0;
  const steps: CachedOutput[][] = [];
  for (let t = promptLength; t < total; t++) {
    const tokens = batch.map((sequence) => sequence.tokens.subarray(t * width, (t + 1) * width));
    steps.push(cached.step(tokens, rotationsOf(parity, steps.length + 1)));
  }
  writeSteps(results, { parity, model, batch }, steps);
  writeCaches(results, { model, batch }, cached);
  writeWhole(results, parity, model, batch);
  return { offline: results.values, name: 'cached', noStream: 'steps of the reference' };
}

/** The rotations of a call: one row for all calls, or the row whose call it is. */
function rotationsOf(parity: ParityCase, call: number): CallRotations {
  return (layer) => {
    const name = `rot.layers.${layer}`;
    const rows = parity.tensors.tensors.get(name)?.shape[0];
    if (rows === undefined) return undefined;
    const calls = (parity.sidecar.rotation_steps as Record<string, readonly number[]>)[`layers.${layer}`] ?? [];
    const row = rows === 1 ? 0 : calls.indexOf(call);
    if (row < 0) return undefined;
    const all = parity.tensors.read(name);
    return all.subarray((row * all.length) / rows, ((row + 1) * all.length) / rows);
  };
}

interface CachedCase {
  readonly model: ReformerModel;
  readonly batch: readonly ReformerInput[];
}

function writeSteps(
  results: Results,
  { parity, model, batch }: CachedCase & { readonly parity: ParityCase },
  steps: readonly (readonly CachedOutput[])[],
): void {
  const { hiddenSize, numHeads, headDim, layers } = model.encoder.config;
  const kinds = new Uint8Array(steps.length).fill(1);
  batch.forEach((_, b) => {
    const joined = (pick: (output: CachedOutput) => Float32Array): Float32Array =>
      Float32Array.from(steps.flatMap((step) => Array.from(pick(step[b] as CachedOutput))));
    const encodings = joined(({ encoding }) => encoding);
    results.rows('out.steps.last_hidden_state', encodings, { b, width: 2 * hiddenSize, kinds });
    if (model.head !== undefined) {
      const scores = model.head.run(encodings);
      results.rows('out.steps.logits', scores, { b, width: scores.length / steps.length, kinds });
    }
    layers.forEach((_, i) => {
      const layer = (output: CachedOutput): CachedOutput['layers'][number] =>
        output.layers[i] as CachedOutput['layers'][number];
      const name = `out.steps.layers.${i}`;
      results.rows(
        `${name}.x1`,
        joined((output) => layer(output).x1),
        { b, width: hiddenSize, kinds },
      );
      results.rows(
        `${name}.x2`,
        joined((output) => layer(output).x2),
        { b, width: hiddenSize, kinds },
      );
      results.rows(
        `${name}.context`,
        joined((output) => layer(output).context),
        { b, width: numHeads * headDim, kinds },
      );
    });
  });
  const windowSteps = parity.sidecar.window_steps as Record<string, readonly number[]> | null | undefined;
  layers.forEach((_, i) => {
    // [steps, B, heads, rounds, window]; a step that did not look at a window is not among them.
    const calls = windowSteps?.[`layers.${i}`] ?? [];
    const windows = calls.flatMap((call) =>
      batch.flatMap((_, b) => Array.from(steps[call - 1]?.[b]?.layers[i]?.window ?? [])),
    );
    if (windows.length > 0) results.values.set(`out.steps.layers.${i}.window`, Float64Array.from(windows));
  });
}

function writeCaches(results: Results, { model, batch }: CachedCase, cached: CachedReformer): void {
  const { layers, hiddenSize } = model.encoder.config;
  layers.forEach((_, i) => {
    batch.forEach(({ kinds }, b) => {
      results.rows(`cache.layers.${i}.states`, cached.layer(i).states(b), { b, width: hiddenSize, kinds });
      const buckets = cached.layer(i).buckets(b);
      if (buckets.length > 0) results.whole(`cache.layers.${i}.buckets`, buckets, b);
    });
  });
}

/** The same tokens in one pass without a cache, with its own rotations where the case has them. */
function writeWhole(results: Results, parity: ParityCase, model: ReformerModel, batch: readonly ReformerInput[]): void {
  const rotations: CallRotations = (layer) => {
    const name = `rot.offline.layers.${layer}`;
    return parity.tensors.tensors.has(name) ? parity.tensors.read(name) : rotationsOf(parity, 0)(layer);
  };
  const whole = new CachedReformer(model.encoder, batch.length).start(
    batch.map(({ tokens }) => tokens),
    rotations,
  );
  whole.forEach((output, b) => {
    writeReformer(results, { model, sequence: batch[b] as ReformerInput, prefix: 'out.offline.' }, output, b);
  });
}
