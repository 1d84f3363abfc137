import { describe, expect, it } from 'vitest';
import { checkUnder, fetchNode, OTHER_NODES } from '../../scripts/portability.mjs';

describe('the built product gives the bits of the golden table', () => {
  it('under this Node', async () => {
    const outcome = await checkUnder([process.execPath]);
    console.log(outcome);
    expect(outcome).toMatchObject({ node: process.version, engines: ['wasm', 'reference'], differences: [] });
  });

  it.for(OTHER_NODES)('under Node %s', { timeout: 400_000 }, async (version, { skip }) => {
    const fetched = await fetchNode(version);
    if ('reason' in fetched) {
      // A machine without a way to the registry may go on without; the whole check may not.
      if (process.env.CI === 'true') throw new Error(fetched.reason);
      console.warn(`SKIPPED: the golden table under Node ${version}: ${fetched.reason}`);
      skip(fetched.reason);
      return;
    }
    const outcome = await checkUnder([fetched.path]);
    console.log(outcome);
    expect(outcome).toMatchObject({ node: `v${version}`, engines: ['wasm', 'reference'], differences: [] });
  });
});
