import { describe, expect, it } from 'vitest';
import { arithmetic, Random, sha256Hex } from '../../core/index.ts';
import * as encoders from '../../models/encoders.ts';
import * as dsp from '../../operators/dsp/index.ts';
import goldenTable from '../fixtures/golden/encodings.json' with { type: 'json' };
import { checkTable } from './check-table.mjs';
import { enginesOf, type Golden, type GoldenTable, runCase, SPLITS, splitsOf } from './golden-cases.mjs';

const library = { ...encoders, ...dsp, Random, arithmetic, sha256Hex };
const table = goldenTable as unknown as GoldenTable;
const cases = table.cases.flatMap((golden) =>
  enginesOf(golden, encoders.ENGINES).map((engine) => ({ golden, engine })),
);

describe('the golden table', () => {
  it.each(cases)('$golden.name, engine $engine: the same bits however the input is cut', ({ golden, engine }) => {
    const whole = golden.sha256.output === undefined;
    const isStream = splitsOf(golden).length > 1;
    const digests = isStream ? { ...golden.sha256, resumed: golden.sha256.output } : golden.sha256;
    expect(whole).toBe(golden.kind === 'arithmetic');
    expect(runCase(library, golden, engine)).toEqual(splitsOf(golden).map((split) => ({ split, digests })));
  });

  it('tells which case, engine, split and array has other bits', () => {
    const golden = table.cases.find(({ kind }) => kind === 'longformer') as Golden;
    const wrong = { ...golden, sha256: { ...golden.sha256, snapshot: '00' } };
    const { checks, differences } = checkTable(library, { about: '', cases: [wrong] });
    const places = encoders.ENGINES.flatMap((engine) => SPLITS.map((split) => ({ engine, split })));
    expect(checks).toBe(3 * places.length);
    expect(differences).toEqual(
      places.map((place) => ({
        ...place,
        case: golden.name,
        name: 'snapshot',
        expected: '00',
        actual: golden.sha256.snapshot,
      })),
    );
  });

  it('sees a change of one bit of one weight', () => {
    const golden = table.cases.find(({ kind }) => kind === 'longformer') as Golden;
    const create: typeof encoders.createLongformer = (config, init, options) => {
      const { weights } = encoders.createLongformer(config, init, { engine: 'reference' });
      const [{ query }] = weights.layers as [encoders.LongformerLayerWeights];
      const { weight } = query;
      const words = new Uint32Array(weight.buffer, weight.byteOffset, weight.length);
      words[0] = (words[0] as number) ^ 1;
      return encoders.createLongformer(config, { weights }, options);
    };
    const { differences } = checkTable({ ...library, createLongformer: create }, { about: '', cases: [golden] });
    expect(new Set(differences.map(({ name }) => name))).toEqual(new Set(['output', 'snapshot', 'resumed']));
  });
});

describe('its cases', () => {
  const configs = table.cases.flatMap(({ kind, config }) =>
    kind.startsWith('longformer') ? [encoders.resolveLongformerConfig(config as encoders.LongformerConfig)] : [],
  );
  const reformers = table.cases.flatMap(({ kind, config }) =>
    kind.startsWith('reformer') ? [encoders.resolveReformerConfig(config as encoders.ReformerConfig)] : [],
  );
  const seen = (values: readonly unknown[]): Set<unknown> => new Set(values.filter((value) => value !== undefined));

  it('have every precision of caches, in both families', () => {
    const precisions = (family: string) =>
      new Set(table.cases.filter(({ kind }) => kind === family).map((one) => one.cachePrecision ?? 'float32'));
    for (const family of ['longformer', 'reformer'])
      expect(precisions(family)).toEqual(new Set(encoders.CACHE_PRECISIONS));
  });

  it('have every option of the Longformer', () => {
    expect(seen(configs.map(({ input }) => input))).toEqual(new Set(['linear', 'direct', 'ids']));
    expect(seen(configs.map(({ position }) => position))).toEqual(new Set(['rotary', 'learned', 'none']));
    expect(seen(configs.map(({ norm }) => norm))).toEqual(new Set(['pre', 'post']));
    expect(seen(configs.map(({ activation }) => activation))).toEqual(new Set(['gelu', 'gelu-tanh', 'silu', 'relu']));
    for (const field of ['sinks', 'globals', 'globalProjections', 'padId', 'typeVocabSize', 'readout'] as const) {
      expect([field, configs.some((config) => Boolean(config[field]))]).toEqual([field, true]);
    }
    expect(configs.some(({ lookAhead }) => Math.max(...lookAhead) > 0)).toBe(true);
    expect(configs.some(({ dilation }) => dilation.some((heads) => new Set(heads).size > 1))).toBe(true);
    expect(configs.some(({ readout }) => readout?.span !== undefined)).toBe(true);
    expect(configs.some(({ positionPolicy }) => positionPolicy === 'recycle')).toBe(true);
  });

  it('have every option of the Reformer', () => {
    expect(seen(reformers.flatMap(({ layers }) => layers))).toEqual(new Set(['lsh', 'local', 'window']));
    expect(seen(reformers.map(({ lsh }) => lsh?.rule))).toEqual(new Set(['bucket-recency', 'prefix-exact', 'offline']));
    expect(seen(reformers.map(({ lsh }) => lsh?.combine))).toEqual(new Set(['lse', 'union']));
    expect(seen(reformers.map(({ input }) => input))).toEqual(new Set(['linear', 'direct', 'ids']));
    expect(seen(reformers.map(({ position }) => position))).toEqual(new Set(['none', 'learned', 'axial']));
    expect(seen(reformers.map(({ wrap }) => wrap))).toEqual(new Set(['masked', 'circular']));
    expect(seen(reformers.map(({ causal }) => causal))).toEqual(new Set([true, false]));
    expect(reformers.some(({ lsh }) => (lsh?.numBuckets.length ?? 0) > 1)).toBe(true);
  });
});
