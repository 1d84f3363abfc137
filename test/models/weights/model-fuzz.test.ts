import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, Random, WeightsError } from '../../../core/index.ts';
import {
  createLongformer,
  fromModelFile,
  longformerFromHuggingFace,
  parseSafetensors,
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

describe('hostile models', () => {
  it(`a configuration inside a model file, changed ${RUNS} times, loads or is refused by a typed error`, () => {
    const config = {
      inputSize: 2,
      hiddenSize: 4,
      numLayers: 1,
      numHeads: 2,
      ffnSize: 4,
      window: 3,
      readout: { queries: 1 },
    };
    const { metadata, tensors } = toModelFile({ encoder: createLongformer(config, { seed: 1 }), labels: ['a'] });
    const random = new Random(11);
    const seen = { loaded: 0, refused: 0 };
    for (let run = 0; run < RUNS; run++) {
      const changed = new Map(metadata);
      const key = ['config', 'labels'][run % 2] as string;
      changed.set(key, mutate(changed.get(key) as string, random));
      seen[outcome(() => fromModelFile(parseSafetensors(writeSafetensors(tensors, { metadata: changed }))))] += 1;
    }
    expect(Math.min(seen.loaded, seen.refused)).toBeGreaterThan(100);
  });

  it(`a config.json, changed ${RUNS} times, loads or is refused by a typed error`, () => {
    const text = readFileSync(`${fixture('longformer-checkpoint')}/config.json`, 'utf8');
    const { tensors } = checkpoint();
    const random = new Random(12);
    const seen = { loaded: 0, refused: 0 };
    for (let run = 0; run < RUNS; run++) {
      let json: unknown;
      try {
        json = JSON.parse(mutate(text, random));
      } catch {
        continue;
      }
      seen[outcome(() => longformerFromHuggingFace(json, sourceOf(tensors)))] += 1;
    }
    expect(Math.min(seen.loaded, seen.refused)).toBeGreaterThan(100);
  });
});
