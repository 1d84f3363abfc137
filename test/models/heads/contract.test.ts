import { Random } from '../../../core/index.ts';
import {
  type AnomalyHeadOptions,
  createAnomalyHead,
  createLongformer,
  createNoveltyHead,
} from '../../../models/index.ts';
import { checkHead } from '../../checks/head-checks.ts';

/** Noise with a jump at three quarters, `[rows, width]`. */
function noise(rows: number, width: number): number[] {
  const random = new Random(rows + width);
  return Array.from(
    { length: rows * width },
    (_, i) => random.nextSymmetric(1) + (Math.floor(i / width) >= 0.75 * rows ? 9 : 0),
  );
}

const encoder = createLongformer(
  { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 8, ffnSize: 16 },
  { seed: 1 },
);
const ANOMALY: readonly (readonly [name: string, options: AnomalyHeadOptions])[] = [
  ['the anomaly head of one channel', { channels: 1 }],
  ['the anomaly head of three channels', { channels: 3 }],
  ['the anomaly head with an encoder', { channels: 1, encoder }],
];
for (const [name, options] of ANOMALY) {
  checkHead({
    name,
    width: options.channels,
    rows: Float64Array.from(noise(480, options.channels)),
    settledRows: 300,
    make: () => createAnomalyHead(options),
    makeOther: () => createAnomalyHead({ ...options, probationRows: 299 }),
    scores: (head, rows) => (head.push(rows) as { scores: Float64Array }).scores,
  });
}

const novelty = { width: 5, sceneTokens: 4, cacheScenes: 32, warmupScenes: 10 };
checkHead({
  name: 'the novelty head',
  width: 5,
  rows: Float32Array.from(noise(240, 5)),
  settledRows: 50,
  make: () => createNoveltyHead(novelty),
  makeOther: () => createNoveltyHead({ ...novelty, sceneTokens: 5 }),
  scores: (head, rows) => head.push(rows) as Float64Array,
});
