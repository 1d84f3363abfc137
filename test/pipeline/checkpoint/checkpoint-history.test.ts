import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../connectors/index.ts';
import { history, idOf, ModelledLog } from './checkpoint-model.ts';
import { keyOf } from './fake-log.ts';
import { snapshotsOf, TOPICS } from './written-checkpoint.ts';

const damage = fc.record({
  /** Which of the chunks and manifests. */
  which: fc.nat(10_000),
  how: fc.constantFrom('lost' as const, 'flipped' as const, 'cut' as const, 'of another' as const),
  at: fc.nat(10_000),
  to: fc.integer({ min: 1, max: 255 }),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

/** Damages one chunk or manifest; true where that can be seen in the log itself. */
function harm({ log }: ModelledLog, { which, how, at, to }: Damage): boolean {
  const all = Object.values(TOPICS).flatMap((topic) => log.recordsOf(topic));
  const candidates = all.filter((record) => record.value !== null && /^[mc]/.test(keyOf(record)));
  const record = candidates[which % Math.max(1, candidates.length)];
  if (record === undefined) return false;
  const records = log.recordsOf(record.topic);
  const index = records.indexOf(record);
  const other = candidates[at % candidates.length] ?? record;
  if (how === 'lost') records.splice(index, 1);
  else records[index] = { ...record, ...damaged(record, other, { how, at, to }) };
  // An earlier record of the key is as if the later one had been lost.
  return how !== 'lost' && !(how === 'of another' && keyOf(other) === keyOf(record));
}

function damaged(
  { value }: KafkaRecord,
  other: KafkaRecord,
  { how, at, to }: Pick<Damage, 'how' | 'at' | 'to'>,
): Partial<KafkaRecord> {
  if (value === null) return {};
  if (how === 'cut') return { value: value.subarray(0, at % value.length) };
  if (how === 'of another') return { value: other.value, headers: other.headers };
  return { value: value.map((byte, i) => (i === at % value.length ? byte ^ to : byte)) };
}

describe('a checkpoint', () => {
  it('is what was committed last, and no more, whatever was tried, left, compacted and begun anew', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const modelled = new ModelledLog();
        for (const happening of happenings) {
          await modelled.happens(happening);
          await modelled.check();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('with one chunk or manifest lost or damaged gives what was written last, or an older state, or says what is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(history, damage, async (happenings, how) => {
        const modelled = new ModelledLog();
        for (const happening of happenings) await modelled.happens(happening);
        const isVisible = harm(modelled, how);
        const checkpoint = await modelled.load();
        const found = await snapshotsOf(checkpoint);
        expect(found.map(({ streamId }) => streamId).sort()).toEqual([...modelled.streams.keys()].sort());
        let isLess = false;
        for (const { streamId, entry, manifest, bytes } of found) {
          const known = modelled.streams.get(streamId) ?? expect.unreachable();
          expect(entry.progress).toEqual(known.progress);
          if (bytes !== undefined) expect(modelled.everWritten.get(idOf(manifest))).toContainEqual(bytes);
          if (bytes !== undefined) expect(manifest.openedAt).toBe(known.progress.openedAt);
          isLess ||= manifest?.offset !== known.states[0]?.offset;
        }
        if (isLess && isVisible) expect(checkpoint.faults.length).toBeGreaterThan(0);
        if (isLess) expect(modelled.everWritten.size).toBeGreaterThan(0);
      }),
      { numRuns: 600 },
    );
  });

  it('that is damaged is mended by the states that are written next', async () => {
    await fc.assert(
      fc.asyncProperty(history, damage, history, async (before, how, after) => {
        const modelled = new ModelledLog();
        for (const happening of before) await modelled.happens(happening);
        modelled.log.compact();
        harm(modelled, how);
        await modelled.happens('restart');
        const states = Object.fromEntries([...modelled.streams.keys()].map((id) => [id, 15]));
        const rest = { touched: [], closed: [], isTold: true, aborted: 0, isLeft: false };
        for (let i = 0; i < 2; i++) await modelled.happens({ ...rest, states });
        for (const happening of after) await modelled.happens(happening);
        const checkpoint = await modelled.load();
        const found = await snapshotsOf(checkpoint);
        expect(checkpoint.faults).toEqual([]);
        for (const { streamId, bytes } of found)
          expect(bytes).toEqual(modelled.streams.get(streamId)?.states[0]?.bytes);
      }),
      { numRuns: 200 },
    );
  });
});
