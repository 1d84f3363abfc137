import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryTokens, bits } from '../../checks/encoder-family.ts';
import { contentStart, sealed } from '../../checks/snapshot-bytes.ts';
import { createRandom } from './longformer-family.ts';

const SHAPE = { inputSize: 2, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 4, lookAhead: 2 };
const encoder = createRandom({ ...SHAPE, sinks: 2, globals: 2, readout: { queries: 1, span: 6 } }, 1);
const TAKEN = 9;
const KINDS = Uint8Array.of(1, 0, 2, 1, 2, 0, 1, 2, 1);

/** Arrays of a snapshot of one layer in their order, with the bytes of an element. */
const ARRAYS = {
  ...{ ringRows: 4, ringMasks: 1, pinnedCounts: 8, pinnedMasks: 1, pinnedRows: 4 },
  ...{ waiting: 4, waitingKinds: 1, readoutCounts: 8, readoutRows: 4 },
} as const;
type ArrayName = keyof typeof ARRAYS;

function taken(): Uint8Array {
  const stream = encoder.open();
  const [tokens] = fc.sample(arbitraryTokens(2, TAKEN), { numRuns: 1, seed: 7 });
  stream.push(tokens as Float32Array, KINDS);
  return stream.snapshot();
}

/** Byte where element `index` of an array of the snapshot stands. */
function place(snapshot: Uint8Array, name: ArrayName, index: number): number {
  const view = new DataView(snapshot.buffer);
  let at = contentStart(snapshot) + 8 + 8 + 4;
  for (const [other, bytes] of Object.entries(ARRAYS)) {
    if (other === name) return at + 4 + index * bytes;
    at += 4 + bytes * view.getUint32(at, true);
  }
  return at;
}

/** Expects that a snapshot changed by `change`, with a right checksum, is refused and changes nothing. */
function refuse(change: (view: DataView, snapshot: Uint8Array) => void): void {
  const snapshot = taken();
  change(new DataView(snapshot.buffer), snapshot);
  const stream = encoder.open();
  stream.push(new Float32Array(4));
  const before = bits(stream.snapshot());
  expect(() => stream.restore(sealed(snapshot))).toThrow(
    expect.objectContaining({ name: 'SnapshotError', code: 'SNAPSHOT_CORRUPT' }),
  );
  expect(bits(stream.snapshot())).toBe(before);
}

describe('a forged snapshot of a Longformer stream', () => {
  it('is taken when it is not forged after all', () => {
    const stream = encoder.open();
    stream.restore(sealed(taken()));
    expect(bits(stream.snapshot())).toBe(bits(taken()));
  });

  it.each([Number.NaN, -1, 0.5, 1e300, Infinity, 2 ** 53, 2, TAKEN - 6])('is refused with position %d', (position) => {
    refuse((view, snapshot) => view.setFloat64(contentStart(snapshot), position, true));
  });

  it('is refused with a position from which a stream cannot go on counting, also where no key says otherwise', () => {
    const forgetful = createRandom({ ...SHAPE, window: 1, lookAhead: 0 }, 1);
    const snapshot = forgetful.open().snapshot();
    new DataView(snapshot.buffer).setFloat64(contentStart(snapshot), 2 ** 53 - 1, true);
    expect(() => forgetful.open().restore(sealed(snapshot))).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_CORRUPT', message: expect.stringContaining('`position`') }),
    );
  });

  it.each([Number.NaN, -1, 0.5, TAKEN + 1, 1e300])('is refused with %d places taken of 9 tokens', (count) => {
    refuse((view, snapshot) => view.setFloat64(contentStart(snapshot) + 8, count, true));
  });

  it.each([2, 2 ** 32 - 1])('is refused when its flag for the end is %d', (ended) => {
    refuse((view, snapshot) => view.setUint32(contentStart(snapshot) + 16, ended, true));
  });

  it.each([Number.NaN, -1, 0.5, 1, 3, 2 ** 53 + 2])('is refused with %d sinks instead of 2', (count) => {
    refuse((view, snapshot) => view.setFloat64(place(snapshot, 'pinnedCounts', 0), count, true));
  });

  it.each([Number.NaN, -1, 0.5, TAKEN, 2 ** 53 + 2])('is refused with %d globals seen in 9 tokens', (count) => {
    refuse((view, snapshot) => view.setFloat64(place(snapshot, 'pinnedCounts', 1), count, true));
  });

  it.each([Number.NaN, -1, 0.5, TAKEN, 1e300])('is refused with a sink or a global at position %d', (position) => {
    for (const slot of [2, 4]) {
      refuse((view, snapshot) => view.setFloat64(place(snapshot, 'pinnedCounts', slot), position, true));
    }
  });

  it.each([Number.NaN, -1, 0.5, 7, 2 ** 53 + 2])(
    'is refused with %d tokens in a stack of a read-out over 6',
    (count) => {
      for (const stack of [0, 1]) {
        refuse((view, snapshot) => view.setFloat64(place(snapshot, 'readoutCounts', stack), count, true));
      }
    },
  );

  it.each(['ringMasks', 'pinnedMasks'] as const)('is refused when one of its %s is neither 0 nor 1', (name) => {
    refuse((view, snapshot) => view.setUint8(place(snapshot, name, 0), 2));
  });

  it('is refused when the kind of a waiting token is 3', () => {
    refuse((view, snapshot) => view.setUint8(place(snapshot, 'waitingKinds', 0), 3));
  });

  it.each(Object.keys(ARRAYS) as ArrayName[])('is refused when its array %s is one shorter or endless', (name) => {
    for (const change of [-1, 2 ** 31]) {
      refuse((view, snapshot) => {
        const at = place(snapshot, name, 0) - 4;
        view.setUint32(at, view.getUint32(at, true) + change, true);
      });
    }
  });
});
