import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalCopies, type SnapshotManifest } from '../../../pipeline/checkpoint/index.ts';
import { cutSnapshot } from '../../../pipeline/checkpoint/snapshot-chunks.ts';
import { progress, stateAt } from './written-checkpoint.ts';

let directory: string;
let faults: unknown[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lw-copies-'));
  faults = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (at = directory): LocalCopies =>
  new LocalCopies({ directory: at, onFailed: (error) => faults.push(error) });

/** A state of a stream, and the manifest that a commit writes for it. */
function stateOf(streamId: string, offset: bigint, length = 30) {
  const state = stateAt(progress(streamId, 0n, offset), length);
  const { manifest } = cutSnapshot(state, 0, 10);
  return { bytes: state.bytes, manifest: { ...manifest, firstOffset: 0n, endOffset: 9n } satisfies SnapshotManifest };
}

const A = stateOf('pump/../a', 10n);
const A_LATER = stateOf('pump/../a', 20n);
const B = stateOf('b', 10n);

describe('local copies of states', () => {
  it('give back what was kept, one file a stream, also to the next process', async () => {
    const copies = open(join(directory, 'made', 'here'));
    copies.keep(A.manifest, A.bytes);
    copies.keep(B.manifest, B.bytes);
    await copies.settled();
    copies.keep(A_LATER.manifest, A_LATER.bytes);
    await copies.settled();
    expect(readdirSync(join(directory, 'made', 'here')).length).toBe(2);
    const next = open(join(directory, 'made', 'here'));
    expect(await next.read(A_LATER.manifest)).toEqual(A_LATER.bytes);
    expect(await next.read(B.manifest)).toEqual(B.bytes);
    expect(await next.read(A.manifest)).toBeUndefined();
    expect(next.takeCounts()).toEqual({ used: 2, absent: 1, damaged: 0 });
    expect(faults).toEqual([]);
  });

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['a bit that has changed', (bytes) => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte))],
    ['less than all', (bytes) => bytes.subarray(1)],
    ['more than all', (bytes) => Buffer.concat([bytes, bytes])],
    ['nothing', () => new Uint8Array(0)],
  ])('are of no account with %s', async (_, damage) => {
    const copies = open();
    copies.keep(A.manifest, A.bytes);
    await copies.settled();
    const file = join(directory, readdirSync(directory)[0] ?? '');
    writeFileSync(file, damage(readFileSync(file)));
    expect(await open().read(A.manifest)).toBeUndefined();
  });

  it('go with their stream, and with streams that nobody knows any more', async () => {
    const copies = open();
    for (const { manifest, bytes } of [A, B]) copies.keep(manifest, bytes);
    await copies.settled();
    copies.forget('b');
    await copies.settled();
    expect(readdirSync(directory).length).toBe(1);
    const next = open();
    next.keep(B.manifest, B.bytes);
    next.keepOnly(['b']);
    await next.settled();
    expect(await next.read(A.manifest)).toBeUndefined();
    expect(await next.read(B.manifest)).toEqual(B.bytes);
  });

  it('leave nothing unfinished behind', async () => {
    writeFileSync(join(directory, '.part-1-1'), 'half');
    writeFileSync(join(directory, 'somebody-else'), 'whole');
    const copies = open();
    copies.keep(A.manifest, A.bytes);
    await copies.settled();
    expect(existsSync(join(directory, '.part-1-1'))).toBe(false);
    expect(existsSync(join(directory, 'somebody-else'))).toBe(true);
  });

  it('are given up, and say so once, where they cannot be written', async () => {
    writeFileSync(join(directory, 'file'), '');
    const copies = open(join(directory, 'file', 'below'));
    copies.keep(A.manifest, A.bytes);
    await copies.settled();
    copies.keep(B.manifest, B.bytes);
    copies.forget('b');
    await copies.settled();
    expect(faults.length).toBe(1);
    expect(await copies.read(A.manifest)).toBeUndefined();
  });

  it('are safe in the hands of two at once', async () => {
    const states = Array.from({ length: 40 }, (_, i) => stateOf(`s${i % 5}`, BigInt(i + 1), 2000 + i));
    const both = [open(), open()];
    for (const { manifest, bytes } of states) for (const copies of both) copies.keep(manifest, bytes);
    await Promise.all(both.map((copies) => copies.settled()));
    const last = states.slice(-5);
    const reader = open();
    for (const { manifest, bytes } of last) {
      const found = await reader.read(manifest);
      if (found !== undefined) expect(found).toEqual(bytes);
    }
    expect(reader.takeCounts()).toMatchObject({ damaged: 0 });
    expect(faults).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.startsWith('.part-'))).toEqual([]);
  });
});
