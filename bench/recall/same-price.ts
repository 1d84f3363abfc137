import type { RecallMeasurement } from './measurement.ts';

/** A rule beside the window that costs the same. */
export interface RecallAtPrice {
  readonly bench: 'recall';
  readonly at: 'price';
  readonly name: string;
  readonly vectors: 'projected' | 'peaked';
  readonly setting: RecallMeasurement['setting'];
  readonly usPerToken: number;
  /** Keys of the window, between the measured windows by straight lines; at most the largest of them. */
  readonly windowKeys: number;
  readonly mass: number;
  readonly error: number;
  readonly windowMass: number;
  readonly windowError: number;
}

/** For each LSH setting of one set of tokens that has a price, the window of the same price, untrained and peaked. */
export function samePrice(measured: readonly RecallMeasurement[]): RecallAtPrice[] {
  const prices = new Map(
    measured.flatMap(({ setting, usPerToken }) => (usPerToken === undefined ? [] : [[setting, usPerToken] as const])),
  );
  return (['projected', 'peaked'] as const).flatMap((vectors) => {
    const own = measured.filter((one) => one.vectors === vectors);
    const windows = own
      .filter(({ setting }) => setting.rule === 'window')
      .map((one) => ({ ...one, price: prices.get(one.setting) as number }))
      .sort((a, b) => a.keys - b.keys);
    return own.flatMap((one): RecallAtPrice[] => {
      const usPerToken = prices.get(one.setting);
      if (one.setting.rule === 'window' || usPerToken === undefined || windows.length === 0) return [];
      const at = (figure: 'keys' | 'mass' | 'error'): number =>
        between(
          windows.map((window) => [window.price, window[figure]] as const),
          usPerToken,
        );
      return [
        {
          bench: 'recall',
          at: 'price',
          name: one.name,
          vectors,
          setting: one.setting,
          usPerToken,
          windowKeys: at('keys'),
          mass: one.mass,
          error: one.error,
          windowMass: at('mass'),
          windowError: at('error'),
        },
      ];
    });
  });
}

/** The value at `x` on straight lines through points in rising order; at the ends that of the last point. */
function between(points: readonly (readonly [number, number])[], x: number): number {
  const after = points.findIndex(([at]) => at >= x);
  const [x1, y1] = points[after < 0 ? points.length - 1 : after] as readonly [number, number];
  const [x0, y0] = points[after < 0 ? points.length - 1 : Math.max(0, after - 1)] as readonly [number, number];
  return x1 === x0 ? y1 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}
