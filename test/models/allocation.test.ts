import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { CachePrecision } from '../../models/index.ts';

const MODELS = new URL('../../dist/models/index.js', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const CASES: readonly (readonly [what: string, change: object, cachePrecision: CachePrecision])[] = [
  ['a causal window', { window: 40 }, 'float32'],
  [
    'look-ahead, dilation, masks, sinks, globals and a running read-out',
    {
      ...{ window: 30, lookAhead: [0, 3, 5], dilation: [1, 2, [1, 3]], sinks: 4, globals: 3 },
      ...{ norm: 'post', activation: 'gelu-tanh', readout: { queries: 2 } },
    },
    'float32',
  ],
  ['sinks', { window: 30, sinks: 4 }, 'float32'],
  ['globals', { window: 30, globals: 3, activation: 'relu' }, 'float32'],
  [
    'a sliding read-out, learned positions and silu',
    {
      ...{ window: 8, position: 'learned', maxPositions: 64, positionPolicy: 'recycle', activation: 'silu' },
      readout: { queries: 1, span: 50 },
    },
    'float32',
  ],
  ['caches in int8', { window: 40, sinks: 2 }, 'int8'],
  ['caches in int16 and look-ahead', { window: 30, lookAhead: 2 }, 'int16'],
];

it.each(CASES)('an encoder with %s allocates nothing on the JavaScript heap per token', (_, change, cachePrecision) => {
  // Sampled at every 64 bytes by the engine's own heap profiler. The least of up to thirty pushes counts, because code
  // that is not compiled yet does allocate; an object per token would be in every one.
  const config = { inputSize: 8, hiddenSize: 32, numLayers: 3, numHeads: 2, ...change };
  const script = `import { Session } from 'node:inspector/promises';
    import { createLongformer } from '${MODELS}';
    const stream = createLongformer(${JSON.stringify(config)}, { seed: 1 }, { cachePrecision: '${cachePrecision}' }).open();
    const tokens = new Float32Array(8 * 4000).fill(0.3);
    const global = ${'globals' in change ? 2 : 1};
    const kinds = new Uint8Array(4000).map((_, t) => (t % 7 === 3 ? 0 : t % 50 === 9 ? global : 1));
    const session = new Session();
    session.connect();
    const all = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
    const allocated = (node) => (node.callFrame.url.includes('/dist/') ? node.selfSize : 0) +
      node.children.reduce((sum, child) => sum + allocated(child), 0);
    let least = Infinity;
    for (let run = 0; run < 30 && least >= 8; run++) {
      await session.post('HeapProfiler.startSampling', { samplingInterval: 64, ...all });
      stream.push(tokens, kinds);
      const { profile } = await session.post('HeapProfiler.stopSampling');
      least = Math.min(least, allocated(profile.head) / 4000);
    }
    console.log(least);`;
  const args = ['--max-semi-space-size=256', '--input-type=module', '-e', script];
  const bytesPerToken = Number(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
  // One object per token would be 16 bytes at the least.
  expect(bytesPerToken).toBeLessThan(8);
});
