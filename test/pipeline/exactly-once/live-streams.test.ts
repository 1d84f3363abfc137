import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonDecoder, type KafkaRecord } from '../../../connectors/index.ts';
import { inputOrder } from '../../../pipeline/config/input-schema.ts';
import { ChunkSequence } from '../../../pipeline/exactly-once/chunk-sequence.ts';
import { type LiveStream, progressOf, type StreamProgress } from '../../../pipeline/exactly-once/live-stream.ts';
import { LiveStreams } from '../../../pipeline/exactly-once/live-streams.ts';
import { restoreIntake } from '../../../pipeline/exactly-once/sequence-state.ts';
import type { Step } from '../../../pipeline/exactly-once/step.ts';
import { CountingTask } from './counting-task.ts';

const IDLE_MS = 50;

const record = (offset: number, key: string, value: string, timestampMs = 0): KafkaRecord => ({
  ...{ topic: 'in', partition: 0, offset: BigInt(offset), headers: new Map(), timestampMs },
  key: Buffer.from(key),
  value: Buffer.from(value),
});
const row = (load: number): string => JSON.stringify({ load });

const NO_REORDER = inputOrder.parse({});
const REORDER = inputOrder.parse({ reorder: { maxChunks: 2, maxSamples: 3 } });

function open(decoder = jsonDecoder({ valueColumns: ['load'] }), order = NO_REORDER): LiveStreams {
  return new LiveStreams({
    ...{ decoder, order, idleMs: IDLE_MS },
    check: () => {},
    open: (streamId) => new CountingTask(streamId),
    deadLetter: ({ key, value }, { code }) => ({ key, value, headers: { code } }),
  });
}

/** What can be told of steps: place, findings, dead letters. */
const told = (steps: readonly Step[]): unknown[] =>
  steps.map(({ cause, findings, deadLetters, duplicates }) => [
    Number(cause.offset),
    findings.map(({ finding: { value } }) => [
      value.streamId,
      'startSample' in value && value.startSample,
      'score' in value && value.score,
    ]),
    deadLetters.map(({ headers }) => headers?.code),
    duplicates,
  ]);

/** The states of all streams, as a commit and a snapshot of each would leave them. */
async function stateOf(streams: LiveStreams) {
  const all = [...streams.streams];
  const states = new Map<string, { readonly bytes: Uint8Array; readonly at: StreamProgress }>();
  for (const stream of all)
    states.set(stream.streamId, { bytes: (await streams.snapshot(stream))!, at: progressOf(stream) });
  return { states, progress: all.map(progressOf), streamTimeMs: streams.streamTimeMs };
}

describe('the streams of a partition', () => {
  it('give the findings of a stream that idles out before those of the record that shows it, and begin it anew', async () => {
    const streams = open();
    const steps = await streams.process([
      record(0, 'a', row(1), 0),
      record(1, 'b', row(1), 40),
      record(2, 'b', row(1), 51),
      record(3, 'a', row(1), 52),
    ]);
    expect(told(steps)).toEqual([
      [0, [], [], 0],
      [1, [], [], 0],
      [
        2,
        [
          ['a', 0, 1],
          ['b', 0, 1],
        ],
        [],
        0,
      ],
      [3, [], [], 0],
    ]);
    const { touched, closed } = streams.takeChanges();
    expect(touched.map(({ streamId, openedAt }) => [streamId, openedAt])).toEqual([
      ['b', 1n],
      ['a', 3n],
    ]);
    expect(closed).toEqual([]);
  });

  it('tell of a stream that ended', async () => {
    const streams = open();
    await streams.process([record(0, 'a', row(1), 0), record(1, 'b', row(1), 100)]);
    expect(streams.takeChanges().closed).toEqual(['a']);
    expect(streams.takeMoves().ended.map(({ streamId }) => streamId)).toEqual(['a']);
    expect(streams.size).toBe(1);
  });

  it('put a record aside that cannot be read or does not fit, and go on', async () => {
    const streams = open();
    const steps = await streams.process([
      record(0, 'a', '[{"load":1,"row":5}]'),
      record(1, 'a', 'no JSON'),
      record(2, 'a', '[{"load":1,"row":2}]'),
      record(3, 'a', '[{"load":1,"row":5},{"load":1,"row":6}]'),
      record(4, 'a', row(1)),
    ]);
    expect(told(steps)).toEqual([
      [0, [], [], 0],
      [1, [], ['RECORD_MALFORMED'], 0],
      [2, [], ['LATE_EVENT'], 0],
      [3, [], ['TIME_NOT_MONOTONIC'], 0],
      [4, [['a', 5, 1]], [], 0],
    ]);
  });

  it.each([
    ['as they come', NO_REORDER],
    ['in the order of their rows', REORDER],
  ])('give, from any commit and any older states on, what an unfailed run gives: %s', async (_, order) => {
    const arbitraryRecord = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 0, max: 9 }).map(row) },
        { weight: 4, arbitrary: fc.nat({ max: 15 }).map((at) => JSON.stringify({ load: at, row: at })) },
        fc.constant('broken'),
      ),
      stepMs: fc.integer({ min: -10, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryRecord, { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        async (parts, cutSeed, stateSeeds) => {
          let timestampMs = 1000;
          const records = parts.map(({ key, value, stepMs }, offset) => {
            timestampMs += stepMs;
            return record(offset, key, value, timestampMs);
          });
          const whole = told(await open(undefined, order).process(records));
          const cut = cutSeed % (records.length + 1);
          // Up to the cut in pieces, so that every stream's state can be had at every record.
          const first = open(undefined, order);
          const before: unknown[] = [];
          const history: Awaited<ReturnType<typeof stateOf>>[] = [await stateOf(first)];
          for (const one of records.slice(0, cut)) {
            before.push(...told(await first.process([one])));
            history.push(await stateOf(first));
          }
          const committed = history[cut]!;
          const decoder = jsonDecoder({ valueColumns: ['load'] });
          const restored = committed.progress.map((progress, i): LiveStream => {
            // The same incarnation of the stream at a place chosen at random; none: it is read again from its beginning.
            const olds = history.flatMap(({ states }) => states.get(progress.streamId) ?? []);
            const own = olds.filter(({ at }) => at.openedAt === progress.openedAt);
            const pick = own[(stateSeeds[i % 3] as number) % (own.length + 1)];
            const intake = pick && JSON.parse(Buffer.from(pick.bytes).toString()).decoder;
            const place = pick && restoreIntake(progress.streamId, intake, decoder);
            return {
              ...{ streamId: progress.streamId, openedAt: progress.openedAt, lastSeenMs: progress.lastSeenMs },
              task: new CountingTask(progress.streamId, pick?.bytes),
              sequence: new ChunkSequence(order, place),
              nextOffset: pick?.at.offset ?? progress.openedAt,
              ...{ bytesSinceSnapshot: 0, tail: Promise.resolve() },
            };
          });
          const isUpToDate = restored.every(({ nextOffset }, i) => nextOffset === committed.progress[i]?.offset);
          const second = open(decoder, order);
          second.resume(restored, {
            liveFrom: BigInt(cut),
            streamTimeMs: committed.streamTimeMs,
            progress: new Map(committed.progress.map((progress) => [progress.streamId, progress])),
            isUpToDate,
          });
          const places = isUpToDate ? [] : restored.map(({ nextOffset }) => Number(nextOffset));
          const from = Math.min(cut, ...places);
          const after = told(await second.process(records.slice(from))).slice(cut - from);
          expect([...before, ...after]).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuse to go on when the input read again is not the one that was committed', async () => {
    const first = open();
    await first.process([record(0, 'a', row(1)), record(1, 'a', row(2))]);
    const { progress, streamTimeMs } = await stateOf(first);
    const second = open();
    const task = new CountingTask('a');
    second.resume(
      [
        {
          streamId: 'a',
          task,
          sequence: new ChunkSequence(NO_REORDER),
          openedAt: 0n,
          nextOffset: 0n,
          lastSeenMs: 0,
          bytesSinceSnapshot: 0,
          tail: Promise.resolve(),
        },
      ],
      { liveFrom: 2n, streamTimeMs, progress: new Map(progress.map((at) => [at.streamId, at])), isUpToDate: false },
    );
    const changed = second.process([record(0, 'a', row(1)), record(1, 'a', row(3))]);
    await expect(changed).rejects.toMatchObject({ code: 'REPLAY_MISMATCH' });
  });
});
