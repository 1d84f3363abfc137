import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { collect } from './run-command.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

it('npm start streams the recording and the series, finds the incident, and pipes NDJSON only', async () => {
  const { code, stdout } = await collect(
    spawn('npm', ['start', '--silent'], { cwd: ROOT, shell: process.platform === 'win32' }),
  );
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  const of = (stream: string, event: string): Record<string, unknown>[] =>
    lines.filter((line) => line.stream === stream && line.event === event);
  expect(of('recording', 'progress').length).toBeGreaterThan(5);
  expect(of('recording', 'summary')).toMatchObject([{ samples: 959_232, tokens: 5993 }]);
  expect(of('series', 'summary')).toMatchObject([{ samples: 4032 }]);
  // The labelled incident: rows 2980..3180 (examples/data/README.md).
  expect(of('series', 'finding').some(({ row }) => Number(row) >= 2980 && Number(row) <= 3180)).toBe(true);
});
