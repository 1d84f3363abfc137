import {
  COMPLEXITY_MODELS,
  type ComplexityFit,
  type ComplexityMeasurement,
  type ComplexityModel,
} from '../measurement.ts';
import { MODEL_TITLES } from '../report.ts';
import { describeBytes, describeMs } from '../units.ts';
import { legend } from './legend.ts';
import { type LineStyle, logPanel, type Series } from './log-panel.ts';
import { element, textElement } from './svg.ts';

const WIDTH = 940;
const HEIGHT = 664;
const PANEL = { top: 66, width: 365, height: 320 } as const;
const LEGEND = { left: 75, top: 456 } as const;

/** Colours that differ for people who do not see all colours alike; where lines meet, the lower one is the wider one. */
const STYLES: Readonly<Record<ComplexityModel, LineStyle>> = {
  full: { colour: '#e69f00', width: 4 },
  'full-rows': { colour: '#b34700', width: 2, dashes: '6 4' },
  'longformer-offline': { colour: '#56b4e9', width: 5 },
  'longformer-stream': { colour: '#00694e', width: 2 },
  recompute: { colour: '#7a5195', width: 2 },
  'recompute-64': { colour: '#7a5195', width: 2, dashes: '6 4' },
  'reformer-offline': { colour: '#cc79a7', width: 4 },
  'reformer-stream': { colour: '#a3004f', width: 2 },
  'reformer-cached': { colour: '#a3004f', width: 2, dashes: '6 4' },
};

/** Wide lines first, so that none is hidden. */
const DRAWN: readonly ComplexityModel[] = [...COMPLEXITY_MODELS].sort((a, b) => STYLES[b].width - STYLES[a].width);

/**
 * Time and memory over the length as two panels side by side, all axes logarithmic, with the fitted exponents in the
 * legend: an SVG document. Cf. figure 1 of the Longformer paper (arXiv 2004.05150).
 */
export function complexityPlot(
  measured: readonly ComplexityMeasurement[],
  fits: readonly ComplexityFit[] = [],
): string {
  const series = (value: (one: ComplexityMeasurement) => number): Series[] =>
    DRAWN.map((model) => seriesOf(measured, model, value)).filter(({ points }) => points.length > 0);
  const models = COMPLEXITY_MODELS.filter((model) => measured.some((one) => one.model === model));
  const frame = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${HEIGHT}` };
  return `${element('svg', { ...frame, 'font-family': 'Helvetica, Arial, DejaVu Sans, sans-serif' }, [
    textElement('title', 'Time and memory over the length of the sequence'),
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#ffffff' }),
    textElement('text', 'Full attention, sliding window, recomputing and LSH', {
      x: LEGEND.left,
      y: 28,
      'font-size': 17,
      'font-weight': 'bold',
      fill: '#222222',
    }),
    logPanel(
      series(({ ms }) => ms),
      { ...PANEL, left: 75, title: 'CPU time for the whole sequence', base: 10, label: describeMs },
    ),
    logPanel(
      series(({ bytes }) => bytes),
      { ...PANEL, left: 545, title: 'Memory held at once', base: 2, label: describeBytes },
    ),
    legend(
      models.map((model) => ({ model, title: MODEL_TITLES[model], style: STYLES[model] })),
      fits,
      LEGEND,
    ),
  ])}\n`;
}

function seriesOf(
  measured: readonly ComplexityMeasurement[],
  model: ComplexityModel,
  value: (one: ComplexityMeasurement) => number,
): Series {
  const own = measured.filter((one) => one.model === model).sort((a, b) => a.length - b.length);
  return {
    title: MODEL_TITLES[model],
    style: STYLES[model],
    points: own.map((one) => [one.length, value(one)] as const),
  };
}
