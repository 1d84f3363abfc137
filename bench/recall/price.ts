import { createReformer } from '../../models/index.ts';
import { cpuMs } from '../complexity/cpu-time.ts';
import { type LayerShape, layerConfig, type Setting } from './setting.ts';
import type { TokenSet } from './tokens/token-set.ts';

const SLICES = 7;

/**
 * CPU microseconds per token of a Reformer of one layer with a setting. A stream takes the first half of the tokens, then
 * the rest in seven slices, one push a token; the median slice counts. The offline rule takes all at once: the median of three.
 */
export function pricePerToken(set: TokenSet, shape: LayerShape, setting: Setting): number {
  const encoder = createReformer(layerConfig(shape, setting), { seed: 1 });
  const { tokens, width } = set;
  const count = tokens.length / width;
  if (setting.rule === 'offline') {
    const runs = [1, 2, 3].map(() => cpuMs(() => void encoder.encodeSequence({ tokens })));
    return (1000 * median(runs)) / count;
  }
  const stream = encoder.open();
  const half = Math.floor(count / 2);
  const slice = Math.floor((count - half) / SLICES);
  const pushTo = (end: number): void => {
    while (stream.position < end) {
      const at = stream.position * width;
      stream.push(tokens.subarray(at, at + width));
    }
  };
  pushTo(half);
  const times = Array.from({ length: SLICES }, (_, i) => cpuMs(() => pushTo(half + (i + 1) * slice)));
  stream.close();
  return (1000 * median(times)) / slice;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] as number;
}
