import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOG_EVENTS } from '../../pipeline/index.ts';

describe('docs/OPERATIONS.md', () => {
  it('lists exactly the events of the log, each with its level', () => {
    const page = readFileSync(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
    const log = /^## Log$(.*?)^## /ms.exec(page)?.[1] ?? '';
    const rows = [...log.matchAll(/^\| `([\w-]+)` \| (\w+) \|/gm)].map(([, event, level]) => [event, level]);
    expect(Object.fromEntries(rows)).toEqual(LOG_EVENTS);
    expect(rows).toHaveLength(Object.keys(LOG_EVENTS).length);
  });
});
