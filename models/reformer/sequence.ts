import { InputError, requireRows } from '../../core/index.ts';
import {
  applyLayerNorm,
  applyLinear,
  KeyRing,
  LshHash,
  normaliseKeys,
  WindowAttention,
} from '../kernels/reference/index.ts';
import { requireKinds, type TokenEmbedding } from '../stack/index.ts';
import { type LayerMaps, layerMaps, ReformerBlock } from './block.ts';
import { paddedLength } from './chunks.ts';
import type { ReformerLayer, ResolvedReformerConfig } from './config.ts';
import { scaleKeys } from './local-layer.ts';
import { lshShape } from './parameters.ts';
import { RingTable } from './ring-table.ts';
import { attendChunks } from './sequence-local.ts';
import { attendSorted } from './sequence-lsh.ts';
import { loadRow, type ProjectedSequence, type SequenceAttention, type SequencePass } from './sequence-pass.ts';
import type { ReformerWeights } from './weights.ts';
import { reformerWindow } from './window-layer.ts';

const f = Math.fround;

/** A finite sequence. */
export interface ReformerSequence {
  /** `[n, inputSize]` */
  readonly tokens: Float32Array;
  /** `[n]` of TOKEN_KINDS, masked or local; default all local. */
  readonly kinds?: Uint8Array;
  /** Gives masked tokens a bucket of their own even where this sequence has none, as another of its batch may. Default false. */
  readonly paddingBucket?: boolean;
  /** Also gives what happens inside. Default false. */
  readonly trace?: boolean;
}

/** What happened inside a layer. */
export interface ReformerLayerTrace extends SequenceAttention {
  /** Normed input of the attention, `[n, hiddenSize]`. */
  readonly input: Float32Array;
  /** The two residual streams after the layer, `[n, hiddenSize]` each. */
  readonly x1: Float32Array;
  readonly x2: Float32Array;
}

/** The encodings of a finite sequence. */
export interface ReformerSequenceOutput {
  /** `[n, 2 hiddenSize]` */
  readonly encodings: Float32Array;
  /** Input of the first layer, `[n, hiddenSize]`, with `trace`. */
  readonly embeddings: Float32Array;
  /** One per layer, with `trace`. */
  readonly layers: readonly ReformerLayerTrace[];
}

/** What a sequence needs of its encoder. */
export interface SequenceModel {
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
  readonly embedding: TokenEmbedding;
}

/**
 * Encodes a finite sequence layer by layer by the rule `offline`: sort by bucket and cut into chunks, O(n log n) in the
 * paper, O(n) here, because buckets are counted. Pads inside to whole chunks; what is given out has n rows.
 * @throws ShapeError `SHAPE_MISMATCH`; InputError as `push`
 */
export function encodeWhole(model: SequenceModel, sequence: ReformerSequence): ReformerSequenceOutput {
  const { config, weights } = model;
  const pass = openPass(model, sequence);
  const rows = embedRows(model, sequence, pass);
  const embeddings = pass.trace ? halves(rows, config.hiddenSize).x1 : new Float32Array(0);
  const layers = weights.layers.map((layer, i) => {
    const maps = layerMaps(config, layer);
    return encodeLayer(pass, { maps, kind: config.layers[i] as ReformerLayer }, rows);
  });
  const row = new Float32Array(2 * config.hiddenSize);
  for (let t = 0; t < pass.count; t++) {
    loadRow(rows, t, row);
    applyLayerNorm(weights.outputNorm, row, row);
    rows.set(row, t * row.length);
  }
  return { encodings: rows, embeddings, layers: pass.trace ? layers : [] };
}

function openPass({ config, embedding }: SequenceModel, sequence: ReformerSequence): SequencePass {
  const count = requireRows('tokens', sequence.tokens, config.inputSize);
  const { kinds } = sequence;
  requireKinds(kinds, count, 0);
  const global = kinds?.indexOf(2) ?? -1;
  if (global >= 0) {
    throw new InputError(
      'TOKEN_INVALID',
      `Expected token ${global} to be masked or local, because a Reformer has no globals, got kind 2`,
    );
  }
  embedding.check(sequence.tokens, kinds, { position: 0, place: 0 });
  const length = paddedLength(count, chunkLengths(config));
  const masked = new Uint8Array(length).map((_, t) => (t >= count || kinds?.[t] === 0 ? 1 : 0));
  const paddingBucket = sequence.paddingBucket === true || masked.includes(1);
  return { config, count, length, masked, paddingBucket, trace: sequence.trace ?? false };
}

function chunkLengths({ lsh, local }: ResolvedReformerConfig): number[] {
  return [lsh, local].flatMap((part) => (part === undefined ? [] : [part.chunkLength]));
}

/** Both residual streams of every token, `[n, 2 hiddenSize]`. */
function embedRows(
  { config, embedding }: SequenceModel,
  { tokens }: ReformerSequence,
  pass: SequencePass,
): Float32Array {
  const { hiddenSize } = config;
  const rows = new Float32Array(pass.count * 2 * hiddenSize);
  const token = new Float32Array(config.inputSize);
  const x = new Float32Array(hiddenSize);
  for (let t = 0; t < pass.count; t++) {
    loadRow(tokens, t, token);
    if (pass.masked[t] === 1) for (let c = 0; c < token.length; c++) if (!Number.isFinite(token[c])) token[c] = 0;
    embedding.apply(token, { positionRow: embedding.positionRow(token, t), type: 0 }, x);
    rows.set(x, t * 2 * hiddenSize);
    rows.set(x, (t * 2 + 1) * hiddenSize);
  }
  return rows;
}

/** Takes all tokens through one layer; `rows` then holds its output. */
function encodeLayer(
  pass: SequencePass,
  layer: { readonly maps: LayerMaps; readonly kind: ReformerLayer },
  rows: Float32Array,
): ReformerLayerTrace {
  const { config } = pass;
  const block = new ReformerBlock(config);
  const inputs = new Float32Array(pass.count * config.hiddenSize);
  const row = new Float32Array(2 * config.hiddenSize);
  for (let t = 0; t < pass.count; t++) {
    loadRow(rows, t, row);
    block.begin(layer.maps.weights, row);
    inputs.set(block.input, t * config.hiddenSize);
  }
  const attended = attend(pass, layer, inputs);
  for (let t = 0; t < pass.count; t++) {
    loadRow(rows, t, row);
    loadRow(attended.context, t, block.context);
    block.complete(layer.maps, row);
    rows.set(row, t * row.length);
  }
  return { ...attended, input: inputs, ...halves(rows, config.hiddenSize) };
}

function attend(
  pass: SequencePass,
  { maps, kind }: { readonly maps: LayerMaps; readonly kind: ReformerLayer },
  inputs: Float32Array,
): SequenceAttention {
  const { config } = pass;
  switch (kind) {
    case 'lsh': {
      const hash = new LshHash(lshShape(config), maps.weights.lsh?.rotations as Float32Array);
      return attendSorted(pass, hash, project(pass, maps, inputs));
    }
    case 'local':
      return attendChunks(pass, project(pass, maps, inputs));
    case 'window':
      return attendWindow(pass, project(pass, maps, inputs, false));
    default:
      return kind satisfies never;
  }
}

/** Queries, keys and values of all tokens; keys are normalised (LSH), scaled (local) or as they are (window). */
function project(pass: SequencePass, maps: LayerMaps, inputs: Float32Array, scaled = true): ProjectedSequence {
  const { numHeads: heads, headDim, hiddenSize } = pass.config;
  const width = heads * headDim;
  const queries = new Float32Array(pass.count * width);
  const table = new RingTable({ heads, headDim, slots: pass.length });
  table.masked.set(pass.masked);
  const input = new Float32Array(hiddenSize);
  const [query, key, value] = [new Float32Array(width), new Float32Array(width), new Float32Array(width)];
  for (let t = 0; t < pass.count; t++) {
    loadRow(inputs, t, input);
    applyLinear(maps.query, input, query);
    applyLinear(maps.value, input, value);
    if (maps.key === undefined) normaliseKeys(query, headDim, key);
    else {
      applyLinear(maps.key, input, key);
      if (scaled) scaleKeys(key, headDim);
    }
    queries.set(query, t * width);
    table.store(t, key, value, pass.masked[t] as 0 | 1);
  }
  return { queries, table };
}

function attendWindow(pass: SequencePass, { queries, table }: ProjectedSequence): SequenceAttention {
  const { config, count } = pass;
  const shape = reformerWindow(config);
  const width = config.numHeads * config.headDim;
  const ring = new KeyRing(shape, count);
  const [key, value] = [new Float32Array(width), new Float32Array(width)];
  for (let t = 0; t < count; t++) {
    for (let head = 0; head < config.numHeads; head++) {
      const from = (head * table.slots + t) * config.headDim;
      key.set(table.keys.subarray(from, from + config.headDim), head * config.headDim);
      value.set(table.values.subarray(from, from + config.headDim), head * config.headDim);
    }
    ring.store(key, value, pass.masked[t] as 0 | 1);
  }
  const attention = new WindowAttention(shape.window + shape.lookAhead);
  const scale = f(1 / Math.sqrt(config.headDim));
  const context = new Float32Array(count * width);
  const [query, out] = [new Float32Array(width), new Float32Array(width)];
  for (let t = 0; t < count; t++) {
    if (pass.masked[t] === 1) continue;
    loadRow(queries, t, query);
    for (let c = 0; c < width; c++) query[c] = f((query[c] as number) * scale);
    attention.apply(ring, undefined, t, query, out);
    context.set(out, t * width);
  }
  return { context };
}

/** Rows `[n, 2 hiddenSize]` as two streams. */
function halves(rows: Float32Array, hiddenSize: number): { readonly x1: Float32Array; readonly x2: Float32Array } {
  const count = rows.length / (2 * hiddenSize);
  const x1 = new Float32Array(count * hiddenSize);
  const x2 = new Float32Array(count * hiddenSize);
  for (let t = 0; t < count; t++) {
    x1.set(rows.subarray(2 * t * hiddenSize, (2 * t + 1) * hiddenSize), t * hiddenSize);
    x2.set(rows.subarray((2 * t + 1) * hiddenSize, (2 * t + 2) * hiddenSize), t * hiddenSize);
  }
  return { x1, x2 };
}
