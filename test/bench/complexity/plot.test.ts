import { describe, expect, it } from 'vitest';
import { fitExponents } from '../../../bench/complexity/fit.ts';
import { COMPLEXITY_MODELS, type ComplexityMeasurement } from '../../../bench/complexity/measurement.ts';
import { complexityPlot } from '../../../bench/complexity/plot/complexity-plot.ts';
import { logScale } from '../../../bench/complexity/plot/log-scale.ts';
import { element, textElement } from '../../../bench/complexity/plot/svg.ts';
import { MODEL_TITLES } from '../../../bench/complexity/report.ts';

const LENGTHS = [512, 1024, 2048, 4096];
const measured: ComplexityMeasurement[] = COMPLEXITY_MODELS.flatMap((model, i) =>
  LENGTHS.map((length) => ({
    bench: 'complexity',
    model,
    length,
    ms: (i + 1) * length * 0.01,
    usPerToken: 1,
    bytes: (i + 1) * 1000 * length,
    runs: 1,
  })),
);

/** Fails on anything but elements that are closed in the order in which they were opened. */
function requireWellFormed(svg: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<>&]*")*)(\/?)>/g,
    (_all, end, name, _attributes, empty) => {
      if (end === '/') expect(open.pop()).toBe(name);
      else names.push(name);
      if (end === '' && empty === '') open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
  return names;
}

describe('complexityPlot', () => {
  const svg = complexityPlot(measured, fitExponents(measured));

  it('is well-formed and has a line and its dots for every series in both panels', () => {
    const names = requireWellFormed(svg);
    expect(names[0]).toBe('svg');
    // In each panel and once more in the legend.
    expect(names.filter((name) => name === 'polyline')).toHaveLength(3 * COMPLEXITY_MODELS.length);
    expect(names.filter((name) => name === 'circle')).toHaveLength((2 * LENGTHS.length + 1) * COMPLEXITY_MODELS.length);
  });

  it.each(Object.values(MODEL_TITLES))('names %s in the legend and at its lines', (title) => {
    expect(svg.split(`>${title}</text>`)).toHaveLength(2);
    expect(svg.split(`<title>${title}</title>`)).toHaveLength(3);
  });

  it('labels the lengths as powers of two, times and memory with units, and the exponents', () => {
    for (const label of ['2⁹', '2¹⁰', '2¹¹', '2¹²', '10 ms', '1 s', '256 KiB', '4 MiB', 'n^1.00']) {
      expect(svg).toContain(`>${label}</text>`);
    }
  });

  it('draws a straight line for a power law', () => {
    const [points] = svg.match(/(?<=points=")[^"]*/) ?? [''];
    const at = points.split(' ').map((pair) => pair.split(',').map(Number) as [number, number]);
    const slopes = at.slice(1).map(([x, y], i) => (y - (at[i]?.[1] as number)) / (x - (at[i]?.[0] as number)));
    for (const slope of slopes) expect(slope).toBeCloseTo(slopes[0] as number, 3);
    expect(slopes[0]).toBeLessThan(0);
  });

  it('leaves out models that were not measured, and still draws a single length', () => {
    const one = complexityPlot(measured.slice(0, 1));
    requireWellFormed(one);
    expect(one).not.toContain('NaN');
    expect(one).not.toContain(MODEL_TITLES.recompute);
  });
});

describe('logScale', () => {
  it('maps equal ratios to equal distances and ends at powers of its base', () => {
    const scale = logScale([30, 2000], { base: 10, from: 0, to: 300 });
    expect([10, 100, 1000, 10_000].map((value) => scale.at(value))).toEqual(
      [0, 100, 200, 300].map((x) => expect.closeTo(x, 9)),
    );
    expect(scale.ticks).toEqual([10, 100, 1000, 10_000]);
  });

  it('has at most eight ticks', () => {
    expect(logScale([1, 2 ** 31], { base: 2, from: 0, to: 1 }).ticks).toEqual([
      1,
      32,
      1024,
      2 ** 15,
      2 ** 20,
      2 ** 25,
      2 ** 30,
    ]);
  });
});

describe('the SVG writer', () => {
  it('escapes text and attributes', () => {
    expect(textElement('text', 'a < b & c > d', { fill: '"<&' })).toBe(
      '<text fill="&quot;&lt;&amp;">a &lt; b &amp; c &gt; d</text>',
    );
    expect(element('g', { x: 1 / 3 })).toBe('<g x="0.33"/>');
  });
});
