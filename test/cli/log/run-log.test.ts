import { describe, expect, it } from 'vitest';
import { openRunLog } from '../../../cli/log/run-log.ts';
import type { LogLevel } from '../../../pipeline/index.ts';

async function logged(level: LogLevel) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: await openRunLog({ level, pipeline: 'pumps', destination }) };
}

describe('openRunLog', () => {
  it('writes each event as a line of JSON, with level, time, process and pipeline', async () => {
    const { lines, log } = await logged('info');
    log({ level: 'warn', event: 'commit-failed', partition: 3, code: 'TRANSACTION_INDEFINITE', message: 'no answer' });
    const [line = ''] = lines;
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      ...{ level: 'warn', event: 'commit-failed', pid: process.pid, pipeline: 'pumps' },
      ...{ partition: 3, code: 'TRANSACTION_INDEFINITE', message: 'no answer' },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['silent', []],
  ] as const)('at %s writes %j', async (level, expected) => {
    const { lines, log } = await logged(level);
    for (const own of ['debug', 'info', 'warn', 'error'] as const) log({ level: own, event: 'kafka' });
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  it('shows no secret, in a line or one step below', async () => {
    const { lines, log } = await logged('info');
    const sasl = { username: 'me', password: 'hunter2' };
    log({ level: 'info', event: 'kafka', password: 'hunter2', sasl, connection: { passphrase: 'hunter2' } });
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ password: '[redacted]', sasl: '[redacted]' });
  });
});
