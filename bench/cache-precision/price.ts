import { Random } from '../../core/index.ts';
import { CACHE_PRECISIONS, type CachePrecision } from '../../models/index.ts';
import { fillTokens, randomBatch } from '../encoder/batch.ts';
import { type SliceOptions, type Timed, timeInTurns } from '../encoder/slices.ts';
import type { PriceMeasurement } from './measurement.ts';
import type { Subject } from './subjects.ts';

/** Seed of the tokens that are timed. */
const TOKEN_SEED = 13;
/** Calls before the tokens begin anew. */
const CALLS = 16;

/** The price of a token in each precision, in turns within this process: every stream has a full window and caches of its own. */
export async function prices(subject: Subject, streams: number, options: SliceOptions): Promise<PriceMeasurement[]> {
  const figures = await timeInTurns(
    CACHE_PRECISIONS.map((precision) => timed(subject, precision, streams)),
    options,
  );
  const [exact] = figures as [(typeof figures)[number]];
  return CACHE_PRECISIONS.map((precision, i) => {
    const { usPerToken, lowest } = figures[i] as (typeof figures)[number];
    const ratio = usPerToken / exact.usPerToken;
    const place = { bench: 'cache-precision', kind: 'price', subject: subject.name, precision } as const;
    return { ...place, streams, usPerToken, lowest, ratio };
  });
}

function timed(subject: Subject, precision: CachePrecision, streams: number): Timed {
  const encoder = subject.create(precision);
  const { inputSize } = encoder;
  const first = encoder.open();
  first.push(fillTokens(subject.reach, inputSize));
  const all = [first, ...Array.from({ length: streams - 1 }, () => first.clone())];
  const random = new Random(TOKEN_SEED);
  const batches = Array.from({ length: CALLS }, () => {
    const { each } = randomBatch(random, { streams, tokens: 1, inputSize });
    return all.map((stream, i) => ({ stream, tokens: each[i] as Float32Array }));
  });
  let next = 0;
  return {
    tokensPerCall: streams,
    call: () => {
      const batch = batches[next++ % CALLS] as (typeof batches)[number];
      const [only] = batch as [(typeof batch)[number]];
      if (streams === 1) only.stream.push(only.tokens);
      else encoder.pushMany(batch);
    },
  };
}
