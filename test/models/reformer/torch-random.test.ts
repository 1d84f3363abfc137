import { describe, expect, it } from 'vitest';
import { huggingFace } from './hugging-face-fixture.ts';
import { TorchRandom } from './torch-random.ts';

const spot = huggingFace.rng_spot_checks;

describe('the random numbers of PyTorch', () => {
  it('start with the integers of the Mersenne Twister', () => {
    const random = new TorchRandom(spot.seed);
    expect(spot.raw32.map(() => random.uint32())).toEqual(spot.raw32);
  });

  it('has the 10000th integer that C++ prescribes for the seed 5489', () => {
    const random = new TorchRandom(5489);
    for (let i = 1; i < 10_000; i++) random.uint32();
    expect(random.uint32()).toBe(4_123_659_995);
  });

  it('are uniform numbers as torch.rand gives them', () => {
    expect([...new TorchRandom(spot.seed).uniform(4)]).toEqual(spot.rand4);
  });

  it.each([
    ['sixteen, whose first four are known', 16, (all: Float32Array) => all.slice(0, 4), spot.randn16_first4],
    ['four', 4, (all: Float32Array) => all, spot.randn4],
    ['twenty, whose last four are known', 20, (all: Float32Array) => all.slice(-4), spot.randn20_last4],
  ])('are normal numbers as torch.randn gives them: %s', (_, count, part, expected) => {
    const given = [...part(new TorchRandom(spot.seed).normal(count))];
    expect(given).toHaveLength(expected.length);
    given.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(3e-7);
    });
  });

  it('start again with the seed, also in the middle of a pair', () => {
    const random = new TorchRandom(3);
    const first = random.normal(3);
    random.seed(3);
    expect(random.normal(3)).toEqual(first);
  });
});
