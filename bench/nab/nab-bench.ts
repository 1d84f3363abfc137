import type { StreamEncoder } from '../../core/index.ts';
import { createLongformer } from '../../models/index.ts';
import {
  inhibitedRandomScores,
  longwaveScores,
  plainLevelScores,
  randomScores,
  windowedGaussianScores,
} from './detectors.ts';
import { loadNab, loadScores, storedDetectors } from './load.ts';
import { NAB_PROFILES } from './profiles.ts';
import { type ProfileFigures, PUBLISHED_FIGURES } from './published.ts';
import { bestResult, leaveOneGroupOut, type NabSeries, resultAt, type Scores, scoreRows } from './scorer.ts';

/** One row of the table. */
export interface NabMeasurement extends ProfileFigures {
  readonly bench: 'nab';
  readonly detector: string;
  /** Whether the scores were computed here or came with the data. */
  readonly origin: 'computed' | 'stored';
  /** What the benchmark's own scorer gives a stored detector on the development groups. */
  readonly published?: ProfileFigures;
  /** Seconds to compute the scores. */
  readonly seconds?: number;
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
const RANDOM_SEEDS = 8;

/** The untrained encoder of the `with encoder` row. */
export function benchEncoder(): StreamEncoder {
  return createLongformer(
    { inputSize: 1, hiddenSize: 32, numLayers: 2, numHeads: 4, ffnSize: 128, window: 64 },
    { seed: SEED },
  );
}

/**
 * Scores every detector on the series under `folder`. Takes about half a minute.
 * @param encoder of the `with encoder` row; default an untrained Longformer
 * @throws InputError `INPUT_UNREADABLE`
 */
export function* nabBench(folder: string, encoder: StreamEncoder = benchEncoder()): Generator<NabMeasurement> {
  const series = loadNab(folder);
  for (const detector of storedDetectors(folder)) {
    yield measure(series, { detector, origin: 'stored', scores: () => loadScores(folder, detector, series) });
  }
  const ours = { origin: 'computed', fixed: true } as const;
  const days = 'from-times';
  yield measure(series, { ...ours, detector: 'longwave', scores: () => longwaveScores(series, { days }) });
  yield measure(series, {
    ...ours,
    detector: 'longwave + encoder features',
    scores: () => longwaveScores(series, { days, encoder }),
  });
  yield measure(series, {
    ...ours,
    detector: 'longwave, length of day unknown',
    scores: () => longwaveScores(series, { days: 'unknown' }),
  });
  for (const rows of [3, 6]) {
    const coarse = series.map((one) => averaged(one, rows));
    yield measure(coarse, {
      ...ours,
      detector: `longwave, rows averaged by ${rows}`,
      scores: () => longwaveScores(coarse, { days }),
    });
  }
  yield measure(series, {
    ...ours,
    detector: 'distance from median + our tail',
    scores: () => plainLevelScores(series),
  });
  yield measure(series, {
    detector: 'windowedGaussian, recomputed',
    origin: 'computed',
    scores: () => windowedGaussianScores(series),
  });
  yield meanOverSeeds(series, { detector: 'random + our sparse alarms', scores: inhibitedRandomScores });
  yield meanOverSeeds(series, { detector: 'random', scores: randomScores });
}

interface Measured {
  readonly detector: string;
  readonly origin: 'computed' | 'stored';
  readonly scores: () => Scores;
  readonly fixed?: boolean;
}

function measure(series: readonly NabSeries[], { detector, origin, scores: score, fixed }: Measured): NabMeasurement {
  const startedMs = performance.now();
  const scores = score();
  const seconds = (performance.now() - startedMs) / 1000;
  const published = PUBLISHED_FIGURES[detector];
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
    ...(origin === 'computed' ? { seconds } : {}),
    ...(origin === 'computed' || published === undefined ? {} : { published }),
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

/** One draw of random scores reaches anything from 3 to 16, so their figures are means. */
function meanOverSeeds(
  series: readonly NabSeries[],
  { detector, scores }: { detector: string; scores: (series: readonly NabSeries[], seed: number) => Scores },
): NabMeasurement {
  const runs = Array.from({ length: RANDOM_SEEDS }, (_, seed) =>
    measure(series, { detector, origin: 'computed', scores: () => scores(series, seed + 1) }),
  );
  const mean = (of: (run: NabMeasurement) => number): number =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    bench: 'nab',
    detector: `${detector}, mean of ${RANDOM_SEEDS} seeds`,
    origin: 'computed',
    standard: mean((run) => run.standard),
    rewardLowFp: mean((run) => run.rewardLowFp),
    rewardLowFn: mean((run) => run.rewardLowFn),
    leaveOneGroupOut: mean((run) => run.leaveOneGroupOut),
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
