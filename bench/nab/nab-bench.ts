import type { StreamEncoder } from '../../core/index.ts';
import { createLongformer } from '../../models/index.ts';
import { inhibitedRandomScores, longwaveScores, randomScores, windowedGaussianScores } from './detectors.ts';
import { loadNab, loadScores, storedDetectors } from './load.ts';
import { NAB_PROFILES } from './profiles.ts';
import { bestResult, leaveOneGroupOut, type NabSeries, resultAt, type Scores, scoreRows } from './scorer.ts';

/** One row of the table. */
export interface NabMeasurement {
  readonly bench: 'nab';
  readonly detector: string;
  /** Whether the scores were computed here or came with the data. */
  readonly origin: 'computed' | 'stored';
  readonly standard: number;
  readonly rewardLowFp: number;
  readonly rewardLowFn: number;
  /** Standard profile, threshold of each group fitted on the other groups. */
  readonly leaveOneGroupOut: number;
  /** Standard profile at 0.5, windows hit and false-positive rows there; only for our detector, whose threshold that is. */
  readonly fixed?: {
    readonly score: number;
    readonly windowsHit: number;
    readonly windows: number;
    readonly falsePositiveRows: number;
  };
}

const OUR_THRESHOLD = 0.5;
const SEED = 1;

/** The untrained encoder of the `with encoder` row. */
export function benchEncoder(): StreamEncoder {
  return createLongformer(
    { inputSize: 1, hiddenSize: 32, numLayers: 2, numHeads: 4, ffnSize: 128, window: 256 },
    { seed: SEED },
  );
}

/** Scores every detector on the series under `folder`. Takes about a minute, most of it the encoder's row. */
export function* nabBench(folder: string): Generator<NabMeasurement> {
  const series = loadNab(folder);
  for (const detector of storedDetectors(folder)) {
    yield measure(series, { detector, origin: 'stored', scores: loadScores(folder, detector, series) });
  }
  yield measure(series, { detector: 'longwave', origin: 'computed', scores: longwaveScores(series), fixed: true });
  yield measure(series, {
    detector: 'longwave + untrained encoder',
    origin: 'computed',
    scores: longwaveScores(series, benchEncoder()),
    fixed: true,
  });
  const coarse = (rows: number): readonly NabSeries[] => series.map((one) => averaged(one, rows));
  for (const rows of [3, 6]) {
    const short = coarse(rows);
    yield measure(short, {
      detector: `longwave, rows averaged by ${rows}`,
      origin: 'computed',
      scores: longwaveScores(short),
      fixed: true,
    });
  }
  yield measure(series, {
    detector: 'windowedGaussian, recomputed',
    origin: 'computed',
    scores: windowedGaussianScores(series),
  });
  yield measure(series, {
    detector: 'random + our sparse-alarm rule',
    origin: 'computed',
    scores: inhibitedRandomScores(series, SEED),
  });
  yield measure(series, { detector: 'random', origin: 'computed', scores: randomScores(series, SEED) });
}

interface Measured {
  readonly detector: string;
  readonly origin: 'computed' | 'stored';
  readonly scores: Scores;
  readonly fixed?: boolean;
}

function measure(series: readonly NabSeries[], { detector, origin, scores, fixed }: Measured): NabMeasurement {
  const scored = scoreRows(series, scores);
  const [standard, lowFp, lowFn] = NAB_PROFILES.map((profile) => bestResult(scored, profile).normalised) as [
    number,
    number,
    number,
  ];
  const profile = NAB_PROFILES[0] as (typeof NAB_PROFILES)[number];
  const at = fixed === true ? resultAt(scored, profile, OUR_THRESHOLD) : undefined;
  return {
    bench: 'nab',
    detector,
    origin,
    standard,
    rewardLowFp: lowFp,
    rewardLowFn: lowFn,
    leaveOneGroupOut: leaveOneGroupOut(series, scores, profile),
    ...(at === undefined
      ? {}
      : {
          fixed: {
            score: at.normalised,
            windowsHit: at.windowsHit,
            windows: at.windows,
            falsePositiveRows: at.falsePositiveRows,
          },
        }),
  };
}

/** The series on a coarser grid: means of `rows` rows, windows divided likewise. A proxy for short series. */
function averaged(one: NabSeries, rows: number): NabSeries {
  const count = Math.floor(one.values.length / rows);
  const mean = (at: number): number => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += one.values[at * rows + i] as number;
    return sum / rows;
  };
  return {
    ...one,
    timestamps: Array.from({ length: count }, (_, at) => one.timestamps[at * rows] as string),
    values: new Float64Array(count).map((_, at) => mean(at)),
    windows: one.windows.map(
      ([first, last]) => [Math.floor(first / rows), Math.min(count - 1, Math.floor(last / rows))] as const,
    ),
  };
}
