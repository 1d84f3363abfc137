import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../core/index.ts';

describe('docs/errors.md', () => {
  it('lists exactly the error codes of the code, with class and meaning', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| `(\w+)` \| (.+) \|$/gm)].map(([, code, name, meaning]) => [
      code,
      name,
      meaning,
    ]);
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, [name, meaning]]) => [code, name, meaning]));
  });
});
