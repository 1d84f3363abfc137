import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KafkaRecord, pcmDecoder } from '../../../connectors/index.ts';
import { type Chunk, chunkLength } from '../../../core/index.ts';
import { inputOrder } from '../../../pipeline/config/input-schema.ts';
import { type Arrival, ChunkSequence } from '../../../pipeline/exactly-once/chunk-sequence.ts';
import { intakeJson, restoreIntake } from '../../../pipeline/exactly-once/sequence-state.ts';

const NO_REORDER = inputOrder.parse({});

/** Samples `from`..`to` - 1 of a stream; each has its index as its value. */
function arrival(from: number, to: number): Arrival {
  const samples = Float32Array.from({ length: to - from }, (_, i) => from + i);
  const headers = {
    'lw-format': 'pcm_f32le',
    'lw-sample-rate': '8000',
    'lw-channels': '1',
    'lw-start-sample': `${from}`,
  };
  const record: KafkaRecord = {
    ...{ topic: 'in', partition: 0, offset: BigInt(from), timestampMs: from, key: Uint8Array.from(Buffer.from('s')) },
    value: new Uint8Array(samples.buffer),
    headers: new Map(Object.entries(headers).map(([name, text]) => [name, new TextEncoder().encode(text)])),
  };
  const chunk: Chunk = {
    streamId: 's',
    startSample: from,
    sampleRateHz: 8000,
    channels: 1,
    samples,
    eventTimeMs: undefined,
  };
  return { record, chunk, decoder: null };
}

const spans = (arrivals: readonly Arrival[]): [number, number][] =>
  arrivals.map(({ chunk }) => [chunk.startSample, chunk.startSample + chunkLength(chunk)]);

/** What comes of spans, one after the other: those that are ready, or why one is not taken. */
function judge(sequence: ChunkSequence, input: readonly (readonly [number, number])[]): unknown[] {
  return input.map(([from, to]) => {
    const verdict = sequence.take(arrival(from, to));
    return verdict.kind === 'taken' ? spans(verdict.ready) : verdict.kind;
  });
}

describe('the chunks of a stream, as they come', () => {
  it('tell duplicates, overlaps and late ones by the indices of their samples', () => {
    const input = [
      [100, 110],
      [110, 120],
      [100, 110],
      [105, 115],
      [115, 125],
      [90, 100],
      [95, 105],
      [120, 130],
    ] as const;
    expect(judge(new ChunkSequence(NO_REORDER), input)).toEqual([
      [[100, 110]],
      [[110, 120]],
      'duplicate',
      'duplicate',
      'refused',
      'late',
      'refused',
      [[120, 130]],
    ]);
  });

  it('go on behind a gap at once, and what lies in the gap is late, not a duplicate', () => {
    const input = [
      [0, 10],
      [20, 30],
      [10, 20],
      [20, 30],
      [0, 10],
      [30, 40],
    ] as const;
    const expected = [[[0, 10]], [[20, 30]], 'late', 'duplicate', 'late', [[30, 40]]];
    expect(judge(new ChunkSequence(NO_REORDER), input)).toEqual(expected);
  });

  it('wait for what is missing where the policy puts those behind a gap aside', () => {
    const sequence = new ChunkSequence(inputOrder.parse({ gaps: 'dead-letter' }));
    const input = [
      [5, 10],
      [20, 30],
      [10, 20],
      [20, 30],
    ] as const;
    expect(judge(sequence, input)).toEqual([[[5, 10]], 'refused', [[10, 20]], [[20, 30]]]);
  });
});

describe('the chunks of a stream, where some may wait', () => {
  const reorder = (maxChunks: number, maxSamples = 1e6) => inputOrder.parse({ reorder: { maxChunks, maxSamples } });

  it('wait until those before them come', () => {
    const input = [
      [10, 20],
      [20, 30],
      [0, 10],
      [40, 50],
      [30, 40],
    ] as const;
    const all = [
      [0, 10],
      [10, 20],
      [20, 30],
    ];
    expect(judge(new ChunkSequence(reorder(2)), input)).toEqual([
      [],
      [],
      all,
      [],
      [
        [30, 40],
        [40, 50],
      ],
    ]);
  });

  it.each([
    ['chunks', reorder(2)],
    ['samples', reorder(100, 25)],
  ])('go on behind a gap when more %s would wait than may', (_, policy) => {
    const input = [
      [0, 10],
      [20, 30],
      [40, 50],
      [50, 60],
      [10, 20],
      [30, 40],
    ] as const;
    expect(judge(new ChunkSequence(policy), input)).toEqual([
      [[0, 10]],
      [],
      [],
      [[20, 30]],
      'late',
      [
        [30, 40],
        [40, 50],
        [50, 60],
      ],
    ]);
  });

  it('are told from those that wait: duplicates and overlaps', () => {
    const sequence = new ChunkSequence(reorder(4));
    const input = [
      [10, 20],
      [20, 30],
      [10, 20],
      [15, 25],
      [25, 35],
      [0, 15],
      [0, 10],
    ] as const;
    const all = [
      [0, 10],
      [10, 20],
      [20, 30],
    ];
    expect(judge(sequence, input)).toEqual([[], [], 'duplicate', 'duplicate', 'refused', 'refused', all]);
  });

  it('all go on at the end of the stream', () => {
    const sequence = new ChunkSequence(reorder(4));
    judge(sequence, [
      [0, 10],
      [30, 40],
      [20, 30],
    ]);
    expect(spans(sequence.end())).toEqual([
      [20, 30],
      [30, 40],
    ]);
    expect(sequence.place.waiting).toEqual([]);
  });

  it('come in order from every permutation that the room allows, each once, over any restart', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.record({ samples: fc.integer({ min: 1, max: 9 }), delay: fc.nat(), copy: fc.option(fc.nat()) }), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.nat(),
      (room, parts, cutSeed) => {
        const inOrder: (readonly [number, number])[] = [];
        for (const { samples } of parts) {
          const from = inOrder.at(-1)?.[1] ?? 0;
          inOrder.push([from, from + samples]);
        }
        // A chunk comes up to `room` places late, its copy some places behind it.
        const sent = parts.flatMap(({ delay, copy }, i) => {
          const at = i + (delay % (room + 1));
          const own = { at, span: inOrder[i]!, isCopy: false };
          return copy === null ? [own] : [own, { ...own, at: at + 0.5 + (copy % 10), isCopy: true }];
        });
        sent.sort((a, b) => a.at - b.at || a.span[0] - b.span[0]);
        const cut = cutSeed % (sent.length + 1);
        let sequence = new ChunkSequence(reorder(room));
        const ready: [number, number][] = [];
        for (const [i, { span, isCopy }] of sent.entries()) {
          if (i === cut) sequence = restored(sequence, reorder(room));
          const verdict = sequence.take(arrival(...span));
          expect(verdict.kind).toBe(isCopy ? 'duplicate' : 'taken');
          if (verdict.kind === 'taken') ready.push(...spans(verdict.ready));
        }
        expect(ready).toEqual(inOrder);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe('the state of a sequence', () => {
  it('keeps the records that wait, byte for byte', () => {
    const sequence = new ChunkSequence(inputOrder.parse({ reorder: {} }));
    judge(sequence, [
      [0, 4],
      [8, 12],
      [6, 8],
    ]);
    expect(restored(sequence, NO_REORDER).place).toEqual(sequence.place);
  });

  it.each([
    null,
    7,
    { decoder: null, originSample: null, nextSample: 0, waiting: {} },
    { decoder: null, originSample: null, nextSample: -1, waiting: [] },
    { decoder: null, originSample: 'a', nextSample: 1, waiting: [] },
    { decoder: null, originSample: null, nextSample: 0, waiting: [{}] },
    { decoder: null, originSample: null, nextSample: 0, waiting: [{ offset: 'x', headers: [], decoder: null }] },
  ])('is refused when it is %j', (json) => {
    expect(() => restoreIntake('s', json, pcmDecoder())).toThrowError(
      expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' }),
    );
  });
});

function restored(sequence: ChunkSequence, policy: ConstructorParameters<typeof ChunkSequence>[0]): ChunkSequence {
  const json = JSON.parse(JSON.stringify(intakeJson(null, sequence.place)));
  return new ChunkSequence(policy, restoreIntake('s', json, pcmDecoder()));
}
