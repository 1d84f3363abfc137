import { InputError, requireRows, ShapeError } from '../../core/index.ts';
import { applyLayerNorm, KeyRing, PinnedKeys, ReferenceEngine } from '../kernels/reference/index.ts';
import { requireKinds } from '../stack/index.ts';
import { LongformerBlock } from './block.ts';
import { windowShape } from './layer.ts';
import { type LongformerShared, readoutOf } from './shared.ts';
import type { AttentionProjections, LongformerLayerWeights } from './weights.ts';

/** A finite sequence for {@link encodeSequence}. */
export interface LongformerSequence {
  /** `[n, inputSize]`, n ≥ 1. */
  readonly tokens: Float32Array;
  /** `[n]` of TOKEN_KINDS; default all local. With `globalProjections` global tokens see and are seen by all. */
  readonly kinds?: Uint8Array;
  /** Token types, `[n]`, each below `typeVocabSize`; default 0. */
  readonly types?: ArrayLike<number>;
  /** Rows of the learned positions, `[n]`, each below `maxPositions`; default counted as a stream counts them. */
  readonly positions?: ArrayLike<number>;
  /** Also gives what happens inside. Default false. */
  readonly trace?: boolean;
}

/** What happened inside a layer. */
export interface LayerTrace {
  /** Input of the layer, `[n, hiddenSize]`. */
  readonly input: Float32Array;
  /** The heads' output before the output projection, `[n, hiddenSize]`. */
  readonly context: Float32Array;
  /** Columns of pinned keys in `attention`: globals, or sinks and globals. */
  readonly pinned: number;
  /** Probabilities of local queries, `[n, heads, pinned + window + lookAhead]`: pinned keys, then offsets; 0 for masked and global queries. */
  readonly attention: Float32Array;
  /** Probabilities of queries that are global both ways, `[globals, heads, n]`. */
  readonly globalAttention: Float32Array;
}

/** The encodings of a finite sequence. */
export interface LongformerSequenceOutput {
  /** `[n, hiddenSize]` */
  readonly encodings: Float32Array;
  /** The summaries over the whole sequence, `[queries, hiddenSize]`; empty without `readout`. */
  readonly readout: Float32Array;
  /** One per layer, with `trace`. */
  readonly layers: readonly LayerTrace[];
}

/** One sequence on its way through the layers. */
interface Pass {
  readonly shared: LongformerShared;
  readonly block: LongformerBlock;
  readonly count: number;
  readonly kinds: Uint8Array;
  /** Positions of tokens that are global both ways. */
  readonly globals: readonly number[];
  readonly trace: boolean;
  /** `[n, hiddenSize]` */
  readonly x: Float32Array;
}

/**
 * Encodes a finite sequence layer by layer, O(n · window) for n tokens (and O(n · globals) with two-way globals), with no
 * padding. Equals the stream (pushed and flushed) bit for bit where a stream can do the same; only here tokens may be
 * global both ways (Longformer, section 3.1, "Global Attention").
 * @throws ShapeError `SHAPE_MISMATCH`; InputError as `push`
 */
export function encodeSequence(shared: LongformerShared, sequence: LongformerSequence): LongformerSequenceOutput {
  const { config } = shared;
  const pass = openPass(shared, sequence);
  embedAll(pass, sequence);
  const layers = shared.weights.layers.map((weights, i) => encodeLayer(pass, weights, i));
  const row = new Float32Array(config.hiddenSize);
  if (config.norm === 'pre') {
    for (let t = 0; t < pass.count; t++) {
      load(pass.x, t, row);
      applyLayerNorm(shared.weights.outerNorm, row, row);
      pass.x.set(row, t * config.hiddenSize);
    }
  }
  return {
    encodings: pass.x,
    readout: summarise(pass),
    layers: pass.trace ? (layers as LayerTrace[]) : [],
  };
}

/** The read-out over the outputs of a pass. */
function summarise({ shared, x, kinds, count }: Pass): Float32Array {
  const engine = new ReferenceEngine({ passRows: 1 });
  const readout = readoutOf(engine, shared.config, shared.weights);
  if (readout === undefined) return new Float32Array(0);
  const sums = readout.open();
  const rows = engine.rows(shared.config.hiddenSize);
  for (let t = 0; t < count; t++) {
    load(x, t, rows.data);
    readout.prepare(rows, 1);
    readout.add(sums, { from: 0, count: 1 }, kinds.subarray(t, t + 1));
  }
  return readout.read(sums);
}

function openPass(shared: LongformerShared, sequence: LongformerSequence): Pass {
  const { config } = shared;
  const count = requireRows('tokens', sequence.tokens, config.inputSize);
  requireKinds(sequence.kinds, count, 0);
  const kinds = sequence.kinds ?? new Uint8Array(count).fill(1);
  const marked = Array.from(kinds.keys()).filter((t) => kinds[t] === 2);
  if (marked.length > 0 && !config.globalProjections && config.globals === 0) {
    throw new InputError(
      'TOKEN_INVALID',
      `Expected token ${marked[0]} to be masked or local, because the model has neither \`globalProjections\` nor \`globals\`, got kind 2`,
    );
  }
  const globals = config.globalProjections ? marked : [];
  const window = Math.max(...config.window.map((left, i) => left + (config.lookAhead[i] as number)));
  const maxKeys = Math.max(globals.length + config.sinks + config.globals + window, globals.length > 0 ? count : 0);
  return {
    shared,
    block: new LongformerBlock(config, maxKeys),
    count,
    kinds,
    globals,
    trace: sequence.trace ?? false,
    x: new Float32Array(count * config.hiddenSize),
  };
}

function embedAll(pass: Pass, sequence: LongformerSequence): void {
  const { config, embedding } = pass.shared;
  requireIndices('types', sequence.types, { count: pass.count, below: Math.max(1, config.typeVocabSize) });
  requireIndices('positions', sequence.positions, { count: pass.count, below: Math.max(1, config.maxPositions) });
  // Positions that are given need no room after the last one.
  const counted = sequence.positions === undefined ? 0 : Number.NEGATIVE_INFINITY;
  embedding.check(sequence.tokens, pass.kinds, { position: 0, place: counted });
  const row = new Float32Array(config.inputSize);
  const x = new Float32Array(config.hiddenSize);
  let place = 0;
  for (let t = 0; t < pass.count; t++) {
    load(sequence.tokens, t, row);
    if (pass.kinds[t] === 0) for (let c = 0; c < row.length; c++) if (!Number.isFinite(row[c])) row[c] = 0;
    const position = sequence.positions?.[t] ?? embedding.positionRow(row, place);
    embedding.apply(row, { positionRow: position, type: sequence.types?.[t] ?? embedding.type(row) }, x);
    if (config.norm === 'post') applyLayerNorm(pass.shared.weights.outerNorm, x, x);
    pass.x.set(x, t * config.hiddenSize);
    place += embedding.places(row);
  }
}

/** Takes all tokens through one layer; `pass.x` then holds its output. */
function encodeLayer(pass: Pass, weights: LongformerLayerWeights, layer: number): LayerTrace | undefined {
  const { config } = pass.shared;
  const shape = windowShape(config, layer);
  const local = projectAll(pass, weights, {
    projections: weights,
    ring: new KeyRing(shape, pass.count),
    pinned: pinnedKeys(pass),
  });
  const wide = { ...shape, window: pass.count, lookAhead: pass.count, dilation: shape.dilation.map(() => 1) };
  const global =
    pass.globals.length === 0
      ? undefined
      : projectAll(pass, weights, {
          projections: weights.global as AttentionProjections,
          ring: new KeyRing(wide, pass.count),
          pinned: undefined,
        });
  const pinned = local.pinned?.visible.length ?? 0;
  const width = pinned + shape.window + shape.lookAhead;
  const trace = pass.trace ? openTrace(pass, pinned, config.numHeads * width) : undefined;
  const x = new Float32Array(config.hiddenSize);
  for (let t = 0; t < pass.count; t++) {
    const isGlobal = pass.kinds[t] === 2 && global !== undefined;
    const from = isGlobal ? global : local;
    load(from.queries, t, pass.block.query);
    if (pass.kinds[t] === 0) pass.block.context.fill(0);
    else {
      const probabilities = trace === undefined ? undefined : probabilityRow(pass, trace, t, isGlobal);
      pass.block.attention.apply(from.ring, from.pinned, t, pass.block.query, pass.block.context, probabilities);
      if (trace !== undefined && isGlobal) keepGlobal(pass, trace, t, probabilities as Float32Array);
    }
    trace?.context.set(pass.block.context, t * config.hiddenSize);
    load(pass.x, t, x);
    pass.block.complete(weights, x);
    pass.x.set(x, t * config.hiddenSize);
  }
  return trace;
}

/** The keys and values of one set of maps, and the queries `[n, hiddenSize]`. */
interface Projected {
  readonly ring: KeyRing;
  readonly pinned: PinnedKeys | undefined;
  readonly queries: Float32Array;
}

function projectAll(
  pass: Pass,
  weights: LongformerLayerWeights,
  into: { readonly projections: AttentionProjections; readonly ring: KeyRing; readonly pinned: PinnedKeys | undefined },
): Projected {
  const { hiddenSize } = pass.shared.config;
  const { block } = pass;
  const queries = new Float32Array(pass.count * hiddenSize);
  const x = new Float32Array(hiddenSize);
  for (let t = 0; t < pass.count; t++) {
    load(pass.x, t, x);
    block.project(weights, x, t, into.projections);
    queries.set(block.query, t * hiddenSize);
    const kind = pass.kinds[t] as number;
    if (kind === 0) {
      block.key.fill(0);
      block.value.fill(0);
    }
    into.ring.store(block.key, block.value, kind === 0 ? 1 : 0);
    into.pinned?.offer(t, kind, block.key, block.value);
  }
  return { ring: into.ring, pinned: into.pinned, queries };
}

/** Room for all globals of the sequence: both ways, or causal beside the sinks. */
function pinnedKeys(pass: Pass): PinnedKeys | undefined {
  const { numHeads: heads, headDim, sinks, globals } = pass.shared.config;
  if (pass.globals.length > 0) {
    return new PinnedKeys({ heads, headDim, sinks: 0, globals: pass.globals.length, rightReach: 0, twoWay: true });
  }
  if (sinks + globals === 0) return undefined;
  const marked = pass.kinds.reduce((sum, kind) => sum + (kind === 2 ? 1 : 0), 0);
  return new PinnedKeys({ heads, headDim, sinks, globals, rightReach: marked });
}

function openTrace(pass: Pass, pinned: number, rowLength: number): LayerTrace {
  return {
    input: pass.x.slice(),
    context: new Float32Array(pass.x.length),
    pinned,
    attention: new Float32Array(pass.count * rowLength),
    globalAttention: new Float32Array(pass.globals.length * pass.shared.config.numHeads * pass.count),
  };
}

/** Where the kernel writes the probabilities of token `t`. */
function probabilityRow(pass: Pass, trace: LayerTrace, t: number, isGlobal: boolean): Float32Array {
  if (isGlobal) return new Float32Array(pass.shared.config.numHeads * 2 * pass.count);
  const length = trace.attention.length / pass.count;
  return trace.attention.subarray(t * length, (t + 1) * length);
}

/** Offsets −(n − 1) … n of a global query → its keys 0 … n − 1. */
function keepGlobal(pass: Pass, trace: LayerTrace, t: number, row: Float32Array): void {
  const { count } = pass;
  const global = pass.globals.indexOf(t);
  for (let head = 0; head < pass.shared.config.numHeads; head++) {
    const from = head * 2 * count + (count - 1 - t);
    trace.globalAttention.set(row.subarray(from, from + count), (global * pass.shared.config.numHeads + head) * count);
  }
}

function load(rows: Float32Array, t: number, into: Float32Array): void {
  const from = t * into.length;
  for (let c = 0; c < into.length; c++) into[c] = rows[from + c] as number;
}

function requireIndices(
  name: string,
  values: ArrayLike<number> | undefined,
  rule: { readonly count: number; readonly below: number },
): void {
  if (values === undefined) return;
  if (values.length !== rule.count) {
    throw new ShapeError('SHAPE_MISMATCH', `Expected \`${name}\` to hold ${rule.count} numbers, got ${values.length}`);
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isInteger(value) && value >= 0 && value < rule.below) continue;
    throw new InputError(
      'TOKEN_INVALID',
      `Expected \`${name}[${i}]\` to be an integer in 0..${rule.below - 1}, got ${value}`,
    );
  }
}
