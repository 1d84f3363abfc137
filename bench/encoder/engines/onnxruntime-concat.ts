import type { Batch } from '../batch.ts';
import { concatAttention } from '../onnx/attention-forms.ts';
import { longformerGraph } from '../onnx/longformer-graph.ts';
import { type Onnxruntime, type OnnxSession, type OnnxTensor, openOnnxSession } from '../peers/onnxruntime.ts';
import { BatchTensors, rowsOfStream } from './batch-tensors.ts';
import { cacheBytes, type Engine, type EngineSession, type LongformerModel, OTHER_ARITHMETIC } from './engine.ts';
import { bandMask } from './masks.ts';
import { type FilledCaches, filledCaches } from './onnxruntime-ring.ts';
import { type RotaryRows, RotaryWriter } from './rotary-rows.ts';
import { type CacheShape, cacheShape, repeatCache } from './window-cache.ts';

/** onnxruntime with caches that go in and come out one call longer and cut again: the usual export. */
export function onnxruntimeConcat(ort: Onnxruntime): Engine {
  return {
    name: 'onnxruntime-concat',
    families: ['longformer'],
    sees: 'stream',
    tolerance: OTHER_ARITHMETIC,
    // Caches before and after a call, and those of a layer made longer.
    bytes: (model, streams) => 2.5 * streams * cacheBytes(model),
    open: async (model, { streams, tokens }) => {
      const { encoder } = model as LongformerModel;
      const start = await filledCaches(ort, model as LongformerModel);
      const session = new ConcatSession(ort, { encoder, shape: cacheShape(encoder, streams), start });
      for (const count of tokens) await session.prepare(count);
      return session;
    },
  };
}

/** What belongs to one number of tokens per call. */
interface ConcatCall {
  readonly session: OnnxSession;
  readonly rotary: RotaryRows;
  readonly feeds: Readonly<Record<string, OnnxTensor>>;
  readonly encodings: OnnxTensor;
}

/** Caches as a call reads them, or as it writes them. */
type CacheTensors = Readonly<Record<string, OnnxTensor>>;

interface ConcatTurn {
  readonly read: CacheTensors;
  readonly write: CacheTensors;
}

interface ConcatStart {
  readonly encoder: LongformerModel['encoder'];
  readonly shape: CacheShape;
  readonly start: FilledCaches;
}

class ConcatSession implements EngineSession {
  readonly #ort: Onnxruntime;
  readonly #encoder: LongformerModel['encoder'];
  readonly #shape: CacheShape;
  readonly #inputs: BatchTensors;
  readonly #rotary: RotaryWriter;
  readonly #calls = new Map<number, ConcatCall>();
  /** Two sets of caches that change places: one is read, the other written. */
  #turns: readonly ConcatTurn[];
  #position: number;
  #given: OnnxTensor | undefined;

  constructor(ort: Onnxruntime, { encoder, shape, start }: ConcatStart) {
    this.#ort = ort;
    this.#encoder = encoder;
    this.#shape = shape;
    this.#inputs = new BatchTensors(ort, encoder.config.inputSize);
    this.#rotary = new RotaryWriter(encoder);
    this.#position = start.position;
    this.#turns = this.#cacheTurns(start);
  }

  /** Makes ready for calls of so many tokens. */
  async prepare(tokens: number): Promise<void> {
    const { streams, window, headDim } = this.#shape;
    const { hiddenSize } = this.#encoder.config;
    const call = { streams, tokens };
    const rows = streams * tokens;
    const graph = longformerGraph(this.#encoder, call, { attend: concatAttention(this.#encoder, call) });
    const rotary = this.#rotary.empty(streams, tokens);
    this.#calls.set(tokens, {
      session: await openOnnxSession(this.#ort, graph.bytes()),
      rotary,
      feeds: {
        mask: this.#tensor(bandMask({ ...call, window }), [streams, 1, tokens, window + tokens]),
        cos: this.#tensor(rotary.cos, [rows, headDim / 2]),
        sin: this.#tensor(rotary.sin, [rows, headDim / 2]),
      },
      encodings: this.#tensor(new Float32Array(rows * hiddenSize), [rows, hiddenSize]),
    });
  }

  async step(batch: Batch): Promise<void> {
    const { session, rotary, feeds, encodings } = this.#calls.get(batch.tokens) as ConcatCall;
    const [now, next] = this.#turns as [ConcatTurn, ConcatTurn];
    this.#rotary.write(rotary, batch.tokens, this.#position);
    await session.run({ ...now.read, ...feeds, tokens: this.#inputs.of(batch) }, { ...now.write, encodings });
    this.#turns = [next, now];
    this.#position += batch.tokens;
    this.#given = encodings;
  }

  encodings(stream: number): Float32Array {
    return rowsOfStream((this.#given as OnnxTensor).data, stream, this.#shape.streams);
  }

  async close(): Promise<void> {
    for (const { session } of this.#calls.values()) await session.release();
  }

  #cacheTurns({ caches, position }: FilledCaches): ConcatTurn[] {
    const { streams, heads, window, headDim } = this.#shape;
    const named = caches.flatMap(({ keys, values }, layer) =>
      [
        { input: `keys_${layer}`, output: `newKey_${layer}`, one: keys },
        { input: `values_${layer}`, output: `newValue_${layer}`, one: values },
      ].map(({ input, output, one }) => {
        const first = repeatCache(one, this.#shape, position);
        const sets = [first, new Float32Array(first.length)];
        return { input, output, sets: sets.map((data) => this.#tensor(data, [streams, heads, window, headDim])) };
      }),
    );
    return [0, 1].map((turn) => ({
      read: Object.fromEntries(named.map(({ input, sets }) => [input, sets[turn] as OnnxTensor])),
      write: Object.fromEntries(named.map(({ output, sets }) => [output, sets[1 - turn] as OnnxTensor])),
    }));
  }

  #tensor(data: Float32Array, dims: readonly number[]): OnnxTensor {
    return new this.#ort.Tensor('float32', data, dims);
  }
}
