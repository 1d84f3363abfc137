import { type LogScale, logScale } from './log-scale.ts';
import { element, pointList, textElement } from './svg.ts';

/** How a line looks. */
export interface LineStyle {
  readonly colour: string;
  /** In pixels. */
  readonly width: number;
  /** As `stroke-dasharray`; default a whole line. */
  readonly dashes?: string;
}

/** One line of a panel. */
export interface Series {
  readonly title: string;
  readonly style: LineStyle;
  /** Positive values, by rising x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Where a panel lies, in pixels, and how its y axis reads. */
export interface PanelOptions {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** The ticks of the y axis are powers of it. */
  readonly base: number;
  /** A value of the y axis as text. */
  readonly label: (value: number) => string;
}

const GRID = '#e3e3e3';
const INK = '#444444';

/** A panel of logarithmic axes with its series: an SVG group. The x axis has its ticks at powers of two. */
export function logPanel(series: readonly Series[], options: PanelOptions): string {
  const { left, top, width, height } = options;
  const points = series.flatMap((one) => one.points);
  const x = logScale(
    points.map(([value]) => value),
    { base: 2, from: left, to: left + width, snapped: false },
  );
  const y = logScale(
    points.map(([, value]) => value),
    { base: options.base, from: top + height, to: top },
  );
  return element('g', {}, [
    textElement('text', options.title, { x: left, y: top - 12, 'font-size': 14, fill: '#222222' }),
    ...xTicks(x, options),
    ...yTicks(y, options),
    element('rect', { x: left, y: top, width, height, fill: 'none', stroke: '#999999' }),
    ...series.map((one) => drawSeries(one, x, y)),
    textElement('text', 'tokens', { x: left + width / 2, y: top + height + 36, ...middle, fill: INK }),
  ]);
}

const middle = { 'text-anchor': 'middle', 'font-size': 12 } as const;

function xTicks(x: LogScale, { top, height }: PanelOptions): string[] {
  return x.ticks.flatMap((tick) => [
    element('line', { x1: x.at(tick), x2: x.at(tick), y1: top, y2: top + height, stroke: GRID }),
    textElement('text', powerOfTwo(tick), { x: x.at(tick), y: top + height + 18, ...middle, fill: INK }),
  ]);
}

function yTicks(y: LogScale, { left, width, label }: PanelOptions): string[] {
  return y.ticks.flatMap((tick) => [
    element('line', { x1: left, x2: left + width, y1: y.at(tick), y2: y.at(tick), stroke: GRID }),
    textElement('text', label(tick), {
      x: left - 8,
      y: y.at(tick) + 4,
      'text-anchor': 'end',
      'font-size': 12,
      fill: INK,
    }),
  ]);
}

function drawSeries({ title, style, points }: Series, x: LogScale, y: LogScale): string {
  const at = points.map(([length, value]) => [x.at(length), y.at(value)] as const);
  return element('g', {}, [textElement('title', title), ...line(style, at)]);
}

/** A short piece of a line, for a legend. */
export function lineSample(
  style: LineStyle,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): string {
  const [start, centre, end] = [0, width / 2, width].map((dx) => [x + dx, y] as const);
  const [, dot] = line(style, [centre as Point]);
  const [stroke] = line(style, [start as Point, end as Point]);
  return element('g', {}, [stroke as string, dot as string]);
}

type Point = readonly [x: number, y: number];

/** The line, then a dot at each point. */
function line({ colour, width, dashes }: LineStyle, points: readonly Point[]): string[] {
  const stroke = { stroke: colour, 'stroke-width': width, fill: 'none' };
  return [
    element('polyline', {
      points: pointList(points),
      ...stroke,
      ...(dashes === undefined ? {} : { 'stroke-dasharray': dashes }),
    }),
    ...points.map(([cx, cy]) => element('circle', { cx, cy, r: 1.5 + width / 1.5, fill: colour })),
  ];
}

/** 512 → 2⁹ */
function powerOfTwo(value: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  return `2${[...String(Math.round(Math.log2(value)))].map((digit) => digits[Number(digit)]).join('')}`;
}
