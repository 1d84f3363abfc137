import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** A name that each entry point is known for. */
const KNOWN: Readonly<Record<string, string>> = {
  longwave: 'LongwaveError',
  'longwave/operators': 'logMel',
  'longwave/models': 'loadModel',
  'longwave/encoders': 'createLongformer',
  'longwave/dsp': 'LogMelStream',
  'longwave/connectors': 'kafkaSource',
  'longwave/pipeline': 'runPipeline',
};

describe('the package', () => {
  it.each(Object.entries(KNOWN))('has the entry point %s, built and with types', async (entry, name) => {
    expect(await import(entry)).toHaveProperty(name);
    const target = manifest.exports[entry.replace(/^longwave/, '.')];
    expect(readFileSync(new URL(`../../${target.types}`, import.meta.url), 'utf8')).toContain(
      name === 'LongwaveError' ? './core/' : name,
    );
  });

  it('has no entry point beyond these, and needs the Node that the README names', () => {
    expect(Object.keys(manifest.exports).filter((key) => key !== './package.json')).toEqual(
      Object.keys(KNOWN).map((entry) => entry.replace(/^longwave/, '.')),
    );
    expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(
      `Node ${manifest.engines.node.slice(2)}`,
    );
  });
});
