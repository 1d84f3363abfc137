import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { moduleGraph } from './module-graph.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function graphOf(entry: string): ReturnType<typeof moduleGraph> {
  return moduleGraph(fileURLToPath(new URL(`../../${manifest.exports[entry].default}`, import.meta.url)));
}

describe('the modules of an entry point', () => {
  it.each([
    ['.', ['@noble/hashes']],
    ['./encoders', ['@noble/hashes']],
    ['./dsp', ['@noble/hashes']],
  ])('of %s import nothing of Node, and no package but %s', (entry, packages) => {
    const graph = graphOf(entry);
    expect(graph.builtins).toEqual([]);
    expect(graph.nodeNames).toEqual([]);
    expect(graph.packages).toEqual(packages);
  });

  it('of ./operators import nothing of Node', () => {
    const graph = graphOf('./operators');
    expect(graph.builtins).toEqual([]);
    expect(graph.packages).toContain('rxjs');
  });

  it('of ./models read and write files, so they do import something of Node', () => {
    const graph = graphOf('./models');
    expect(graph.builtins).toContain('node:fs/promises');
    expect(graph.nodeNames.join()).toContain('process');
    expect(graph.files.length).toBeGreaterThan(graphOf('./encoders').files.length);
  });
});
