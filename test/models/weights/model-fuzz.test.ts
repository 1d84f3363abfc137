import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, Random, WeightsError } from '../../../core/index.ts';
import {
  createLongformer,
  createReformer,
  fromModelFile,
  longformerFromHuggingFace,
  parseSafetensors,
  reformerFromHuggingFace,
  toModelFile,
  writeSafetensors,
} from '../../../models/index.ts';
import { checkpoint, fixture, sourceOf } from './hugging-face/source.ts';

const RUNS = 5000;
const PIECES = [
  '0',
  '1',
  '-1',
  '1e9',
  '1e400',
  '0.5',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '"',
  '{',
  '[',
  ',',
  '\\u0000',
  '__proto__',
];

/** Replaces a number or a few characters of a text. */
function mutate(text: string, random: Random): string {
  const below = (limit: number): number => random.nextUint32() % limit;
  const numbers = [...text.matchAll(/[\d.]+/g)];
  const piece = PIECES[below(PIECES.length)] as string;
  const number = numbers[below(numbers.length)];
  const [at, length] =
    number !== undefined && below(3) > 0 ? [number.index, number[0].length] : [below(text.length), below(4)];
  return text.slice(0, at) + piece + text.slice(at + length);
}

/** How a load of changed text ended; anything but a typed error is thrown on. */
function outcome(load: () => unknown): 'loaded' | 'refused' {
  try {
    load();
    return 'loaded';
  } catch (error) {
    if (error instanceof ConfigError || error instanceof WeightsError) return 'refused';
    throw error;
  }
}

const SIZES = { inputSize: 2, hiddenSize: 4, numHeads: 2, ffnSize: 4 };
const LONGFORMER = createLongformer({ ...SIZES, numLayers: 1, window: 3, readout: { queries: 1 } }, { seed: 1 });
const REFORMER = createReformer(
  {
    ...SIZES,
    ...{ layers: ['lsh', 'window'], lsh: { numBuckets: [2, 4], numHashes: 2, chunkLength: 2, chunksAfter: 1 } },
    ...{ window: { window: 3, dilation: [1, 2] }, position: 'axial', axialShape: [2, 3], axialSizes: [1, 3] },
  },
  { seed: 1 },
);

describe('hostile models', () => {
  it.each([
    ['Longformer', LONGFORMER],
    ['Reformer', REFORMER],
  ])(`metadata of a %s file, changed ${RUNS} times, load or are refused by a typed error`, (_, encoder) => {
    const { metadata, tensors } = toModelFile({ encoder, labels: ['a'] });
    const random = new Random(11);
    const seen = { loaded: 0, refused: 0 };
    for (let run = 0; run < RUNS; run++) {
      const changed = new Map(metadata);
      const key = run % 16 === 0 ? 'family' : (['config', 'labels'][run % 2] as string);
      changed.set(key, mutate(changed.get(key) as string, random));
      seen[outcome(() => fromModelFile(parseSafetensors(writeSafetensors(tensors, { metadata: changed }))))] += 1;
    }
    expect(Math.min(seen.loaded, seen.refused)).toBeGreaterThan(100);
  });

  it.each([
    ['longformer-checkpoint', longformerFromHuggingFace],
    ['reformer-checkpoint', reformerFromHuggingFace],
  ])(`the config.json of %s, changed ${RUNS} times, loads or is refused by a typed error`, (name, load) => {
    const text = readFileSync(`${fixture(name)}/config.json`, 'utf8');
    const { tensors } = checkpoint(name);
    const random = new Random(12);
    const seen = { loaded: 0, refused: 0 };
    for (let run = 0; run < RUNS; run++) {
      let json: unknown;
      try {
        json = JSON.parse(mutate(text, random));
      } catch {
        continue;
      }
      seen[outcome(() => load(json, sourceOf(tensors)))] += 1;
    }
    expect(Math.min(seen.loaded, seen.refused)).toBeGreaterThan(100);
  });
});
