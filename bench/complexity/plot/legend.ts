import type { ComplexityFit, ComplexityModel } from '../measurement.ts';
import { type LineStyle, lineSample } from './log-panel.ts';
import { element, textElement } from './svg.ts';

/** One row of the legend. */
export interface LegendEntry {
  readonly model: ComplexityModel;
  readonly title: string;
  readonly style: LineStyle;
}

const ROW_HEIGHT = 21;
const COLUMNS = { title: 44, time: 330, memory: 470 } as const;
const FONT = { 'font-size': 13, fill: '#222222' } as const;

/**
 * The lines with their names and, where they were fitted, the exponents of time and memory as a small table: an SVG group.
 * @param place pixels of its upper left corner
 */
export function legend(
  entries: readonly LegendEntry[],
  fits: readonly ComplexityFit[],
  place: { readonly left: number; readonly top: number },
): string {
  const { left, top } = place;
  const exponent = (model: ComplexityModel, fit: ComplexityFit['fit']): string => {
    const found = fits.find((one) => one.model === model && one.fit === fit);
    // Neither −0.00 nor a hyphen for a minus.
    return found === undefined ? '' : `n^${(found.exponent + 0).toFixed(2)}`.replace('-0.00', '0.00').replace('-', '−');
  };
  const heads = fits.length === 0 ? [] : (['time', 'memory'] as const);
  return element('g', {}, [
    ...heads.map((name) => textElement('text', `${name} grows as`, { x: left + COLUMNS[name], y: top, ...FONT })),
    ...entries.map(({ model, title, style }, i) => {
      const y = top + (i + 1) * ROW_HEIGHT;
      return element('g', {}, [
        lineSample(style, { x: left, y: y - 4.5, width: 32 }),
        textElement('text', title, { x: left + COLUMNS.title, y, ...FONT }),
        textElement('text', exponent(model, 'ms'), { x: left + COLUMNS.time, y, ...FONT }),
        textElement('text', exponent(model, 'bytes'), { x: left + COLUMNS.memory, y, ...FONT }),
      ]);
    }),
  ]);
}
