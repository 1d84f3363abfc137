import { describe, expect, it } from 'vitest';
import { type DuplicationMeasurement, duplicationBench } from '../../../bench/duplication/duplication-bench.ts';
import { runDuplicationBench } from '../../../bench/duplication/run-duplication-bench.ts';
import { untrainedModel } from '../../../bench/duplication/untrained-model.ts';
import { withFullAttention, withRounds } from '../../../bench/duplication/with-attention.ts';
import { ConfigError } from '../../../core/index.ts';
import { createReformer, type ReformerEncoder, type ReformerModel } from '../../../models/index.ts';
import { copyingModel } from './copying-model.ts';

const LENGTH = 64;
const options = { name: 'test', length: LENGTH, sequences: 8, seed: 1 };

const accuracies = (measured: Iterable<DuplicationMeasurement>): Map<string, number> =>
  new Map([...measured].map(({ attention, rounds, accuracy }) => [`${attention} ${rounds ?? ''}`.trim(), accuracy]));

describe('a model whose weights copy', () => {
  it('reaches 1 with full attention and where every bucket is seen whole, with any number of rounds', () => {
    const model = copyingModel(LENGTH, { numBuckets: 8, numHashes: 8, chunkLength: 32, horizon: LENGTH, fallback: 0 });
    const found = accuracies(duplicationBench({ model, ...options }));
    expect([...found.keys()]).toEqual([
      'full',
      ...[8, 4, 2, 1].map((rounds) => `offline ${rounds}`),
      ...[8, 4, 2, 1].map((rounds) => `bucket-recency ${rounds}`),
    ]);
    expect([...found.values()]).toEqual(new Array(9).fill(1));
  });

  it('needs more rounds where chunks are short, and full attention still does not', () => {
    const model = copyingModel(LENGTH, {
      numBuckets: 4,
      numHashes: 8,
      chunkLength: 4,
      horizon: LENGTH,
      depth: 4,
      fallback: 0,
    });
    const found = accuracies(duplicationBench({ model, ...options }));
    expect(found.get('full')).toBe(1);
    for (const rule of ['offline', 'bucket-recency']) {
      const [one, eight] = [found.get(`${rule} 1`) as number, found.get(`${rule} 8`) as number];
      expect(one).toBeLessThan(0.8);
      expect(eight).toBeGreaterThan(one + 0.2);
    }
  });

  it('is at chance when its stream remembers less than a word', () => {
    const model = copyingModel(LENGTH, { numBuckets: 8, numHashes: 8, chunkLength: 32, horizon: 24 });
    const found = accuracies(duplicationBench({ model, ...options, rules: ['bucket-recency'], rounds: [8] }));
    expect(found.get('bucket-recency 8')).toBeLessThan(0.05);
  });
});

describe('an untrained model', () => {
  it('is at chance with every attention', () => {
    const measured = [...duplicationBench({ model: untrainedModel(LENGTH, 1), ...options, sequences: 16 })];
    expect(measured).toHaveLength(9);
    for (const { accuracy, predictions, chance } of measured) {
      expect(predictions).toBe(16 * 31);
      expect(chance).toBeCloseTo(1 / 127, 12);
      // 3.9 right on average; more than 20 would be no chance.
      expect(accuracy * predictions).toBeLessThan(20);
    }
  });

  it('says how many rounds were drawn anew', () => {
    const measured = [...duplicationBench({ model: untrainedModel(32, 1), ...options, length: 32, rounds: [10, 8] })];
    expect(measured.map(({ rounds, drawn }) => [rounds, drawn])).toEqual([
      [undefined, undefined],
      [10, 2],
      [8, undefined],
      [10, 2],
      [8, undefined],
    ]);
  });

  it('is printed as a table, or as one JSON object a line', () => {
    const run = (json: boolean): readonly [string[], unknown] => {
      const text: string[] = [];
      const write = (part: string): void => void text.push(part);
      return [text, runDuplicationBench({ model: untrainedModel(32, 1), ...options, length: 32, json, write })];
    };
    const [lines, measured] = run(true);
    expect(lines.map((line) => JSON.parse(line))).toEqual(measured);
    const [table] = run(false);
    expect(table[0]).toContain('test: 0w0w of 32 ids, 8 sequences; guessing gets 0.8 %');
    expect(table).toHaveLength(10);
    expect(table[1]).toMatch(/^full +\d+\.\d % +120\n$/);
  });
});

describe('another attention for the same weights', () => {
  const { encoder } = untrainedModel(48, 1);
  const ids = Float32Array.from({ length: 48 }, (_, t) => (t * 37) % 128);
  const encode = (one: ReformerEncoder): Float32Array => one.encodeSequence({ tokens: ids }).encodings;
  const rotationsOf = (one: ReformerEncoder): Float32Array => one.weights.layers[0]?.lsh?.rotations as Float32Array;
  const otherRotations = (one: ReformerEncoder): ReformerEncoder => {
    const [layer] = one.weights.layers;
    const lsh = {
      ...layer?.lsh,
      rotations: rotationsOf(one)
        .map((value) => -value)
        .reverse(),
    };
    return createReformer(one.config, { weights: { ...one.weights, layers: [{ ...layer, lsh }] as never } });
  };

  it('takes the first rounds of the stored rotations', () => {
    const { numHeads, headDim, lsh } = encoder.config;
    const width = (lsh?.numBuckets[0] as number) / 2;
    const taken = rotationsOf(withRounds(encoder, { rounds: 2, rule: 'offline' }));
    const all = rotationsOf(encoder);
    for (let row = 0; row < numHeads * headDim; row++) {
      const own = all.subarray(row * 8 * width, (row * 8 + 2) * width);
      expect(taken.subarray(row * 2 * width, (row + 1) * 2 * width)).toEqual(own);
    }
  });

  it('keeps the stored rounds before those that are drawn, and draws the same again', () => {
    const more = withRounds(encoder, { rounds: 11, rule: 'offline' });
    const back = withRounds(more, { rounds: 8, rule: 'offline' });
    expect(rotationsOf(back)).toEqual(rotationsOf(encoder));
    expect(rotationsOf(more)).toEqual(rotationsOf(withRounds(encoder, { rounds: 11, rule: 'offline' })));
    const { numBuckets } = more.config.lsh as NonNullable<typeof more.config.lsh>;
    const width = (numBuckets[0] as number) / 2;
    const drawn = rotationsOf(more).subarray(8 * width, 11 * width);
    expect(drawn.some((value) => Math.abs(value) > 0.5)).toBe(true);
  });

  it('changes nothing where rounds and rule stay', () => {
    expect(encode(withRounds(encoder, { rounds: 8, rule: 'bucket-recency' }))).toEqual(encode(encoder));
  });

  it('does not depend on rotations when it is full', () => {
    expect(encode(otherRotations(encoder))).not.toEqual(encode(encoder));
    const full = withFullAttention(encoder, 48);
    expect(encode(otherRotations(full))).toEqual(encode(full));
  });

  it('is full beside local layers whose chunks do not divide the sequence', () => {
    const { lsh, ...rest } = encoder.config;
    const config = {
      ...rest,
      layers: ['local', 'lsh'] as const,
      local: { chunkLength: 20 },
      lsh: lsh as NonNullable<typeof lsh>,
    };
    const mixed = withFullAttention(createReformer(config, { seed: 1 }), 48);
    expect(mixed.config.lsh?.chunkLength).toBe(60);
    const [, layer] = mixed.encodeSequence({ tokens: ids, trace: true }).layers;
    expect(layer?.buckets).toBeUndefined(); // it did not hash
  });
});

describe('a model that is not made for the task', () => {
  const model = untrainedModel(32, 1);
  const { encoder } = model;
  const changed = (change: Partial<typeof encoder.config>): ReformerModel => ({
    ...model,
    encoder: { ...encoder, config: { ...encoder.config, ...change } },
  });

  it.each([
    ['no head', { encoder, labels: [] }],
    [
      'another head',
      { ...model, head: { ...model.head, config: { ...model.head?.config, task: 'pooling' } } as never },
    ],
    ['too few ids', changed({ vocabSize: 100 })],
    ['look-ahead', changed({ causal: false })],
    ['rows for input', changed({ input: 'linear' })],
  ] as const)('is refused: %s', (_what, wrong) => {
    expect(() => [...duplicationBench({ model: wrong, ...options, length: 32 })]).toThrow(ConfigError);
  });
});
