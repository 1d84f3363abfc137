import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MODELS = new URL('../../dist/models/index.js', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('the encoder allocates nothing on the JavaScript heap per token', () => {
  // The young generation is large enough that nothing is collected while a push is measured. The least of twelve
  // counts, because the compiler itself allocates until it is done; an object per token would be in every one.
  const script = `import { createLongformer } from '${MODELS}';
    const config = { inputSize: 8, hiddenSize: 32, numLayers: 3, numHeads: 2, window: 40 };
    const stream = createLongformer(config, { seed: 1 }).open();
    const tokens = new Float32Array(8 * 4000).fill(0.3);
    let least = Infinity;
    for (let run = 0; run < 12; run++) {
      gc();
      const before = process.memoryUsage().heapUsed;
      stream.push(tokens);
      least = Math.min(least, process.memoryUsage().heapUsed - before);
    }
    console.log(least / 4000);`;
  const args = ['--expose-gc', '--max-semi-space-size=256', '--input-type=module', '-e', script];
  const bytesPerToken = Number(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
  // One object per token would be 16 bytes at the least.
  expect(bytesPerToken).toBeLessThan(8);
});
