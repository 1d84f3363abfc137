/** Figures of one detector in the three profiles. */
export interface ProfileFigures {
  readonly standard: number;
  readonly rewardLowFp: number;
  readonly rewardLowFn: number;
}

const figures = (standard: number, rewardLowFp: number, rewardLowFn: number): ProfileFigures => ({
  standard,
  rewardLowFp,
  rewardLowFn,
});

/**
 * What the benchmark's own scorer gives the stored detectors on the four groups `artificialNoAnomaly`,
 * `artificialWithAnomaly`, `realAWSCloudwatch` and `realTweets`; our scorer must agree to 0.05.
 */
export const PUBLISHED_FIGURES: Readonly<Record<string, ProfileFigures>> = {
  ARTime: figures(75.8, 65.83, 81.45),
  contextOSE: figures(72.98, 70.06, 76.19),
  numenta: figures(70.25, 65.35, 74.37),
  knncad: figures(60.51, 44.46, 67.4),
  windowedGaussian: figures(38.39, 8.98, 49.75),
};
