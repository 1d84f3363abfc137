import { describe, expect, it } from 'vitest';
import type { LshRule } from '../../../models/index.ts';
import { bits } from '../../checks/encoder-family.ts';
import { contentStart, sealed } from '../../checks/snapshot-bytes.ts';
import { createRandomReformer } from './reformer-family.ts';

const TAKEN = 9;
const KINDS = Uint8Array.of(1, 0, 1, 1, 1, 0, 1, 1, 1);

/** Arrays of a snapshot of one layer in their order, with the bytes of an element, and where they begin. */
const LAYOUTS = {
  'bucket-recency': { header: 20, arrays: { rows: 4, masks: 1, newest: 8, before: 8, counters: 8 } },
  'prefix-exact': { header: 20, arrays: { rows: 4, masks: 1, buckets: 4, counters: 8 } },
  offline: { header: 12, arrays: { tokens: 4, kinds: 1 } },
} as const satisfies Record<LshRule, { header: number; arrays: Record<string, number> }>;

function encoderOf(rule: LshRule): ReturnType<typeof createRandomReformer> {
  const lsh = { numBuckets: 4, numHashes: 2, chunkLength: 3, horizon: 5, depth: 4, rule };
  return createRandomReformer({ inputSize: 2, hiddenSize: 8, numHeads: 2, layers: ['lsh'], lsh }, 1);
}

function taken(rule: LshRule): Uint8Array {
  const stream = encoderOf(rule).open();
  stream.push(
    new Float32Array(2 * TAKEN).map((_, i) => Math.sin(i * i)),
    KINDS,
  );
  return stream.snapshot();
}

/** Byte where element `index` of an array of the snapshot stands. */
function place(rule: LshRule, snapshot: Uint8Array, name: string, index = 0): number {
  const view = new DataView(snapshot.buffer);
  const { header, arrays } = LAYOUTS[rule];
  let at = contentStart(snapshot) + header;
  for (const [other, bytes] of Object.entries(arrays)) {
    if (other === name) return at + 4 + index * bytes;
    at += 4 + bytes * view.getUint32(at, true);
  }
  return expect.fail(`no array ${name}`);
}

/** Expects that a snapshot changed by `change`, with a right checksum, is refused and changes nothing. */
function refuse(rule: LshRule, change: (view: DataView, at: (name: string, index?: number) => number) => void): void {
  const snapshot = taken(rule);
  change(new DataView(snapshot.buffer), (name, index) => place(rule, snapshot, name, index));
  const stream = encoderOf(rule).open();
  stream.push(new Float32Array(4));
  const before = bits(stream.snapshot());
  expect(() => stream.restore(sealed(snapshot))).toThrow(
    expect.objectContaining({ name: 'SnapshotError', code: 'SNAPSHOT_CORRUPT' }),
  );
  expect(bits(stream.snapshot())).toBe(before);
}

const RULES: LshRule[] = ['bucket-recency', 'prefix-exact', 'offline'];
const STREAMING: LshRule[] = ['bucket-recency', 'prefix-exact'];

describe('a forged snapshot of a Reformer stream', () => {
  it.each(RULES)('%s: is taken when it is not forged after all', (rule) => {
    const stream = encoderOf(rule).open();
    stream.restore(sealed(taken(rule)));
    expect(bits(stream.snapshot())).toBe(bits(taken(rule)));
  });

  it.each(
    RULES.flatMap((rule) =>
      [Number.NaN, -1, 0.5, 1e300, Infinity, 2 ** 53, 3].map((position) => [rule, position] as const),
    ),
  )('%s: is refused with position %d', (rule, position) => {
    refuse(rule, (view) => view.setFloat64(contentStart(new Uint8Array(view.buffer)), position, true));
  });

  it.each(RULES.flatMap((rule) => Object.keys(LAYOUTS[rule].arrays).map((name) => [rule, name] as const)))(
    '%s: is refused when its array %s is one shorter or endless',
    (rule, name) => {
      for (const change of [-1, 2 ** 31]) {
        refuse(rule, (view, at) => view.setUint32(at(name) - 4, view.getUint32(at(name) - 4, true) + change, true));
      }
    },
  );

  it.each(STREAMING)('%s: is refused when a mask is neither 0 nor 1', (rule) => {
    refuse(rule, (view, at) => view.setUint8(at('masks', 2), 2));
  });

  it.each([TAKEN, -2, 0.5, Number.NaN, 1e300])(
    'bucket-recency: is refused with position %d in a bucket',
    (position) => {
      refuse('bucket-recency', (view, at) => view.setFloat64(at('newest', 3), position, true));
    },
  );

  it.each([8, TAKEN, -2, 0.5, Number.NaN])('bucket-recency: is refused when token 8 follows on %d', (position) => {
    refuse('bucket-recency', (view, at) => view.setFloat64(at('before', 3), position, true));
  });

  it.each([4, -2, 2 ** 31 - 1])('prefix-exact: is refused with the bucket %d of four', (bucket) => {
    refuse('prefix-exact', (view, at) => view.setInt32(at('buckets', 7), bucket, true));
  });

  it.each(STREAMING)('%s: is refused with counters that are no counts', (rule) => {
    for (const count of [Number.NaN, -1]) refuse(rule, (view, at) => view.setFloat64(at('counters'), count, true));
  });

  it('offline: is refused with a kind or a number that no stream takes', () => {
    refuse('offline', (view, at) => view.setUint8(at('kinds', 1), 2));
    refuse('offline', (view, at) => view.setFloat32(at('tokens', 4), Infinity, true));
  });
});
