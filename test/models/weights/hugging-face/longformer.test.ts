import { describe, expect, it } from 'vitest';
import { type HuggingFaceOptions, type LongformerModel, longformerFromHuggingFace } from '../../../../models/index.ts';
import { checkpoint, sourceOf } from './source.ts';

type Checkpoint = ReturnType<typeof checkpoint>;

function load(change: (model: Checkpoint) => void, options: HuggingFaceOptions = {}): LongformerModel {
  const model = checkpoint();
  change(model);
  return longformerFromHuggingFace(model.config, sourceOf(model.tensors), options);
}

function rename(model: Checkpoint, from: string, to: string): void {
  const tensor = model.tensors.get(from);
  if (tensor === undefined) throw new Error(from);
  model.tensors.delete(from);
  model.tensors.set(to, tensor);
}

const QUERY = 'longformer.encoder.layer.1.attention.self.query.weight';
const WORDS = 'longformer.embeddings.word_embeddings.weight';

describe('a Longformer of Hugging Face', () => {
  it('becomes a post-norm model of ids with learned positions and symmetric windows', () => {
    const { encoder, head } = load(() => undefined);
    expect(encoder.config).toMatchObject({
      input: 'ids',
      vocabSize: 97,
      padId: 1,
      positionOffset: 2,
      maxPositions: 66,
      norm: 'post',
      window: [5, 9],
      lookAhead: [4, 8],
      globalProjections: true,
    });
    expect([encoder.latencyTokens, head?.config]).toEqual([
      12,
      { task: 'masked-language', hiddenSize: 32, outputs: 97, layerNormEps: 1e-5, tied: true },
    ]);
  });

  it('lists everything that is missing, unexpected or of another shape in one error', () => {
    const fault = (model: Checkpoint): void => {
      rename(model, QUERY, 'longformer.encoder.layer.1.attention.self.querry.weight');
      model.tensors.delete('lm_head.dense.bias');
      model.tensors.set('longformer.embeddings.LayerNorm.bias', { shape: [31], values: new Float32Array(31) });
    };
    expect(() => load(fault)).toThrow(
      expect.objectContaining({
        name: 'WeightsError',
        code: 'WEIGHTS_MISMATCH',
        message: `Expected the tensors of LongformerForMaskedLM, got 2 missing: ${QUERY}, lm_head.dense.bias; 1 unexpected: longformer.encoder.layer.1.attention.self.querry.weight; 1 of another shape: longformer.embeddings.LayerNorm.bias [31] instead of [32]`,
      }),
    );
  });

  it('bounds the list of a file that has nothing to do with it', () => {
    const fault = (model: Checkpoint): void => {
      for (const name of [...model.tensors.keys()]) rename(model, name, `other.${name}`);
    };
    expect(() => load(fault)).toThrow(/54 missing: .* and 34 more; 54 unexpected: .* and 34 more$/);
  });

  it('refuses a weight that is not finite, by name and index', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const fault = (model: Checkpoint): void => {
        (model.tensors.get(QUERY) as { values: Float32Array }).values[7] = value;
      };
      expect(() => load(fault)).toThrow(
        expect.objectContaining({
          code: 'WEIGHTS_NOT_FINITE',
          message: expect.stringMatching(new RegExp(`${QUERY}.*${value} at index 7`)),
        }),
      );
    }
  });

  it.each([
    ['model_type', 'bert', '`model_type` to be one of longformer'],
    ['architectures', ['LongformerForPoetry'], '`architectures` to be one of LongformerModel'],
    ['hidden_act', 'mish', '`hidden_act` to be one of gelu'],
    ['hidden_act', '__proto__', '`hidden_act`'],
    ['hidden_size', 33, '`hidden_size` to be a multiple of `num_attention_heads`'],
    ['hidden_size', '32', '`hidden_size` to be an integer'],
    ['hidden_size', 1e9, '`hidden_size` to be an integer in 1..8192'],
    ['num_hidden_layers', -1, '`num_hidden_layers`'],
    ['num_hidden_layers', Number.NaN, '`num_hidden_layers`'],
    ['attention_window', 7, '`attention_window[0]` to be even'],
    ['attention_window', 0, '`attention_window[0]`'],
    ['attention_window', [8], '`attention_window` to be a number or 2 numbers'],
    ['attention_window', [8, null], '`attention_window[1]`'],
    ['max_position_embeddings', 2, '`max_position_embeddings`'],
    ['pad_token_id', 97, '`pad_token_id`'],
    ['vocab_size', 2 ** 40, '`vocab_size`'],
    ['type_vocab_size', 0, '`type_vocab_size`'],
    ['layer_norm_eps', 0, '`layer_norm_eps`'],
    ['intermediate_size', [], '`intermediate_size`'],
    ['id2label', { a: 'x' }, '`id2label`'],
  ])('refuses %s %j by its own name', (field, value, message) => {
    const fault = ({ config }: Checkpoint): void => {
      config[field] = value;
    };
    expect(() => load(fault)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it.each([[null], [[]], ['text'], [7]])('refuses a configuration that is %j', (json) => {
    expect(() => longformerFromHuggingFace(json, sourceOf(new Map()))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('a JSON object') }),
    );
  });

  it('allocates nothing for a configuration larger than its tensors', () => {
    const before = process.memoryUsage().arrayBuffers;
    const fault = ({ config }: Checkpoint): void => {
      Object.assign(config, {
        vocab_size: 2 ** 24,
        hidden_size: 8192,
        intermediate_size: 65_536,
        num_hidden_layers: 256,
        attention_window: 512,
      });
    };
    expect(() => load(fault)).toThrow(expect.objectContaining({ code: 'WEIGHTS_MISMATCH' }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22);
  });

  it('takes a decoder that repeats the words, and refuses one that does not unless it is untied', () => {
    const repeat = (model: Checkpoint): void => {
      const words = model.tensors.get(WORDS) as { shape: number[]; values: Float32Array };
      model.tensors.set('lm_head.decoder.weight', { shape: words.shape, values: words.values.slice() });
      model.tensors.set(
        'lm_head.decoder.bias',
        model.tensors.get('lm_head.bias') as { shape: number[]; values: Float32Array },
      );
    };
    const differ = (model: Checkpoint): void => {
      repeat(model);
      (model.tensors.get('lm_head.decoder.weight') as { values: Float32Array }).values[3] = 5;
    };
    expect(load(repeat).encoder.modelHash).toBe(load(() => undefined).encoder.modelHash);
    expect(() => load(differ)).toThrow(
      /lm_head\.decoder\.weight to equal longformer\.embeddings\.word_embeddings\.weight/,
    );
    const untied = load((model) => {
      differ(model);
      model.config.tie_word_embeddings = false;
    });
    expect([untied.head?.config.tied, untied.head?.weights.output?.weight[3]]).toEqual([false, 5]);
  });

  it('leaves the head of another class out when asked for the bare model, and says what else does not belong', () => {
    const options = { architecture: 'LongformerModel' } as const;
    expect(load(() => undefined, options).head).toBeUndefined();
    const fault = (model: Checkpoint): void => rename(model, 'lm_head.bias', 'head.bias');
    expect(() => load(fault, options)).toThrow(/1 unexpected: head\.bias/);
  });

  it('ignores the buffer of positions of older files', () => {
    const old = (model: Checkpoint): void => {
      model.tensors.set('longformer.embeddings.position_ids', { shape: [1, 66], values: new Float32Array(66) });
    };
    expect(load(old).encoder.modelHash).toBe(load(() => undefined).encoder.modelHash);
  });

  it('streams causally with sinks and recycled positions where that is asked for', () => {
    const overrides = { window: 6, lookAhead: 0, sinks: 2, globals: 3, positionPolicy: 'recycle' } as const;
    const { encoder } = load(() => undefined, { overrides });
    expect([encoder.latencyTokens, encoder.config.globalProjections]).toEqual([0, false]);
    const stream = encoder.open();
    const ids = new Float32Array(500).map((_, t) => 3 + (t % 90));
    expect(stream.push(ids, new Uint8Array(500).fill(1).fill(2, 40, 50)).length).toBe(500 * 32);
    expect(stream.stats().pinnedKeys).toEqual([5, 5]);
  });

  it('takes vectors in place of ids', () => {
    const { encoder, head } = load(() => undefined, { input: 'direct' });
    expect([encoder.inputSize, encoder.weights.embedding.words, head?.config.tied]).toEqual([32, undefined, false]);
    expect(head?.weights.output?.weight).toEqual(checkpoint().tensors.get(WORDS)?.values);
  });
});
