import { describe, expect, it } from 'vitest';
import { readableLine } from '../../../cli/log/readable-line.ts';

const TIME = '2026-01-02T03:04:05.678Z';

const lineOf = (fields: object): string =>
  readableLine(
    `${JSON.stringify({ level: 'info', time: TIME, pid: 7, pipeline: 'pumps', event: 'restored', ...fields })}\n`,
  );

describe('readableLine', () => {
  it('has time of day, level, event and fields, and leaves out what stands in every line', () => {
    const clock = new Date(TIME).toTimeString().slice(0, 8);
    const fields = { partition: 0, committed: null, from: '12', url: 'http://[::1]:9464', partitions: [0, 1] };
    expect(lineOf(fields)).toBe(
      `${clock} info  restored partition=0 committed=null from=12 url="http://[::1]:9464" partitions=[0,1]\n`,
    );
  });

  it('quotes what is more than a word', () => {
    expect(lineOf({ message: 'two words', empty: '' })).toMatch(/ message="two words" empty=""\n$/);
  });

  it('lets nothing through that moves a terminal', () => {
    const line = lineOf({ message: 'a\u001b[2Jb\u009b1mc\u202ed\r\ne' });
    expect(line).toContain('message="a\\u001b[2Jb\\u009b1mc\\u202ed\\r\\ne"');
    expect(line.slice(0, -1)).toMatch(/^[ -~]*$/);
  });
});
