import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, InputError, Random, ShapeError, SnapshotError } from '../../../core/index.ts';
import { createNoveltyHead, type NoveltyHead } from '../../../models/index.ts';

const WIDTH = 6;
const OPTIONS = { width: WIDTH, sceneTokens: 4, cacheScenes: 32, warmupScenes: 10 };
const TOKENS = 400;
/** Noise around one point, and around another from token 300 to 320. */
const random = new Random(11);
const encodings = new Float32Array(TOKENS * WIDTH).map(
  (_, i) => random.nextSymmetric(1) + (Math.floor(i / WIDTH) >= 300 && Math.floor(i / WIDTH) < 320 ? 5 : 0),
);

function pushCut(head: NoveltyHead, tokens: Float32Array, cuts: readonly number[]): number[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), tokens.length / WIDTH];
  return places.slice(1).flatMap((end, i) => [...head.push(tokens.subarray(places[i]! * WIDTH, end * WIDTH))]);
}

describe('the novelty head', () => {
  const whole = pushCut(createNoveltyHead(OPTIONS), encodings, []);

  it('is surprised by a scene never heard, once, and by nothing before it', () => {
    expect(Math.max(...whole.slice(0, 303))).toBeLessThan(0.5);
    expect(whole[303]).toBeGreaterThan(0.5);
    expect(Math.max(...whole.slice(307, 320))).toBeLessThan(0.5);
    expect(whole.every((score) => score >= 0 && score < 1)).toBe(true);
  });

  it('scores 0 while it warms up', () => {
    const head = createNoveltyHead({ ...OPTIONS, warmupScenes: 80 });
    expect(head.push(encodings.subarray(0, 80 * 4 * WIDTH)).every((score) => score === 0)).toBe(true);
  });

  it('gives the same scores for any split of the encodings', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TOKENS }), { maxLength: 10 }), (cuts) => {
        expect(pushCut(createNoveltyHead(OPTIONS), encodings, cuts)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  it('goes on exactly from a snapshot and from a clone, and is as new after a reset', () => {
    for (const at of [0, 3, 41, 200, 302]) {
      const head = createNoveltyHead(OPTIONS);
      head.push(encodings.subarray(0, at * WIDTH));
      const restored = createNoveltyHead(OPTIONS);
      restored.push(encodings.subarray(0, 90 * WIDTH));
      restored.restore(head.snapshot());
      const rest = encodings.subarray(at * WIDTH);
      expect(pushCut(restored, rest, [])).toEqual(whole.slice(at));
      expect(pushCut(head.clone(), rest, [])).toEqual(whole.slice(at));
      head.reset();
      expect(pushCut(head, encodings, [])).toEqual(whole);
    }
  });

  it('holds a constant number of bytes', () => {
    const head = createNoveltyHead(OPTIONS);
    const bytes = head.stateBytes;
    head.push(encodings);
    const snapshot = head.snapshot().length;
    head.push(encodings);
    expect([head.stateBytes, head.snapshot().length]).toEqual([bytes, snapshot]);
  });

  it('names token and channel of a value that is not finite, and takes nothing in', () => {
    const head = createNoveltyHead(OPTIONS);
    head.push(encodings.subarray(0, 50 * WIDTH));
    const bad = encodings.slice(50 * WIDTH, 60 * WIDTH);
    bad[2 * WIDTH + 4] = Number.POSITIVE_INFINITY;
    expect(() => head.push(bad)).toThrow(InputError);
    expect(() => head.push(bad)).toThrow('Expected channel 4 of encoding 52 to be finite, got Infinity');
    expect(pushCut(head, encodings.subarray(50 * WIDTH), [])).toEqual(whole.slice(50));
  });

  it('refuses damaged and foreign snapshots, broken shapes and bad options', () => {
    const head = createNoveltyHead(OPTIONS);
    const bytes = head.snapshot();
    bytes[bytes.length >> 1]! ^= 1;
    expect(() => head.restore(bytes)).toThrow(SnapshotError);
    expect(() => createNoveltyHead({ width: WIDTH }).restore(head.snapshot())).toThrow(SnapshotError);
    expect(() => head.push(new Float32Array(WIDTH + 1))).toThrow(ShapeError);
    expect(() => createNoveltyHead({ width: 0 })).toThrow(ConfigError);
    expect(() => createNoveltyHead({ width: 4, threshold: -1 })).toThrow('`threshold`');
  });
});
