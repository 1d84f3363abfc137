import { describe, expect, it } from 'vitest';
import table from '../fixtures/golden/encodings.json' with { type: 'json' };
import { findChromium, openPage } from './chromium.ts';
import { servePage } from './page/serve.mjs';

const chromium = findChromium();
if (chromium === undefined) {
  console.warn('SKIPPED: the golden table in a browser needs Chromium; install it, or set CHROMIUM_PATH');
}

describe('the page with the golden table', () => {
  it.skipIf(chromium === undefined)(
    'finds the same bits in Chromium, over the built product as plain modules, on each engine',
    async () => {
      const page = await servePage();
      const browser = openPage(chromium as string, page.url);
      try {
        const ended = browser.ended.then((said) => ({ error: `Chromium ended before the page was done:\n${said}` }));
        const outcome = await Promise.race([page.result, ended]);
        console.log(outcome);
        expect(outcome).toMatchObject({ engines: ['wasm', 'reference'], differences: [] });
        expect(outcome).toHaveProperty(
          'checks',
          expect.toSatisfy((checks: number) => checks > table.cases.length),
        );
      } finally {
        await browser.close();
        await page.close();
      }
    },
    120_000,
  );

  it('is served with what it needs and nothing else', async () => {
    const page = await servePage();
    try {
      const status = async (path: string): Promise<number> => (await fetch(new URL(path, page.url))).status;
      const needed = ['/dist/core/index.js', '/node_modules/@noble/hashes/sha2.js', '/test/portability/page/page.mjs'];
      const others = ['/package.json', '/dist/..%2fpackage.json', '/dist/none.js', '/node_modules/vitest/package.json'];
      for (const path of needed) expect([path, await status(path)]).toEqual([path, 200]);
      for (const path of others) expect([path, await status(path)]).toEqual([path, 404]);
    } finally {
      await page.close();
    }
  });
});
