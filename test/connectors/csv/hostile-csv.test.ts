import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvSourceOptions, csvSource } from '../../../connectors/index.ts';
import { InputError, LongwaveError } from '../../../core/index.ts';
import { inOnePiece, inPieces, outcomeOf } from '../byte-pieces.ts';

async function read(text: string | Uint8Array, options: CsvSourceOptions = {}) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const source = csvSource({ stream: inPieces(bytes, [65536]), name: 'cpu.csv', ...options });
  const { items, error } = await outcomeOf(source.open());
  return { samples: items.flatMap((chunk) => Array.from(chunk.samples)), error };
}

interface Case {
  readonly text: string;
  readonly options?: CsvSourceOptions;
  readonly code: string;
  readonly row?: number;
  readonly says: string;
  /** Values of the rows before the fault. */
  readonly before?: readonly number[];
}

const ROWS = 'time,v\n1,10\n2,20\n';
const CORPUS: Readonly<Record<string, Case>> = {
  'an empty file': { text: '', code: 'INPUT_EMPTY', says: 'an empty input' },
  'line breaks alone': { text: '\n\n\n', code: 'INPUT_EMPTY', says: 'an empty input' },
  'a byte order mark alone': { text: '\ufeff', code: 'INPUT_EMPTY', says: 'an empty input' },
  'a header alone': { text: 'time,v\n', code: 'INPUT_EMPTY', says: 'only a header' },
  'no header': { text: '2014-04-01,1\n2014-04-02,2\n', code: 'CSV_MALFORMED', says: 'to name the columns' },
  'a name used twice': { text: 'time,v,v\n1,2,3\n', code: 'CSV_MALFORMED', says: '"v" twice' },
  'a NUL in the header': { text: 'time,v\0\n1,2\n', code: 'CSV_MALFORMED', says: 'UTF-8' },
  '1025 columns': { text: `${'c,'.repeat(1024)}v\n`.repeat(2), code: 'CSV_MALFORMED', says: 'at most 1024 columns' },
  'a row too short': { text: `${ROWS}3\n`, code: 'CSV_MALFORMED', row: 2, says: '2 columns', before: [10, 20] },
  'a row too long': { text: `${ROWS}3,4,5\n6,7\n`, code: 'CSV_MALFORMED', row: 2, says: 'got 3', before: [10, 20] },
  'a value column that is not there': {
    text: ROWS,
    options: { values: ['cpu'] },
    code: 'CSV_COLUMN_MISSING',
    says: '"cpu", got the header "time,v"',
  },
  'a time column that is not there': {
    text: ROWS,
    options: { time: 'when' },
    code: 'CSV_COLUMN_MISSING',
    says: '"when", got the header "time,v"',
  },
  'no column of numbers': { text: 'time,v\n1,x\n', code: 'CSV_VALUE_INVALID', row: 0, says: 'column of numbers' },
  'a named column of text': {
    text: 'time,v\n1,x\n',
    options: { values: ['v'] },
    code: 'CSV_VALUE_INVALID',
    row: 0,
    says: '"v" to hold a finite number, got "x"',
  },
  'a time column that holds none': { text: 'time,v\nsoon,1\n', code: 'CSV_VALUE_INVALID', row: 0, says: '"soon"' },
  'a bad time': { text: `${ROWS}x,30\n`, code: 'CSV_VALUE_INVALID', row: 2, says: '"time"', before: [10, 20] },
  'a day that is not': { text: 'time,v\n2023-02-29,1\n', code: 'CSV_VALUE_INVALID', row: 0, says: '2023-02-29' },
  'time going back': { text: `${ROWS}1,30\n`, code: 'TIME_NOT_MONOTONIC', row: 2, says: 'got "1"', before: [10, 20] },
  'an open quote': { text: `${ROWS}3,"4\n`, code: 'CSV_MALFORMED', row: 2, says: 'RFC 4180', before: [10, 20] },
  'a quote inside a field': {
    text: `${ROWS}3,4"5\n`,
    code: 'CSV_MALFORMED',
    row: 2,
    says: 'RFC 4180',
    before: [10, 20],
  },
};
for (const cell of ['', 'NaN', 'nan', 'Infinity', '-inf', '1e999', '0x10', '1,5'.replace(',', '_'), 'null', '1 2']) {
  const text = `${ROWS}3,${cell}\n4,40\n`;
  const says = `got ${JSON.stringify(cell)}`;
  const name = `the value ${JSON.stringify(cell)}`;
  Object.assign(CORPUS, { [name]: { text, code: 'CSV_VALUE_INVALID', row: 2, says, before: [10, 20] } satisfies Case });
}

describe('csvSource on hostile input', () => {
  it.each(Object.entries(CORPUS))('refuses %s after the rows before it', async (_, { text, options, ...expected }) => {
    const { samples, error } = await read(text, options);
    expect(samples).toEqual(expected.before ?? []);
    expect(error).toBeInstanceOf(InputError);
    const place = expected.row === undefined ? { source: 'cpu.csv' } : { source: 'cpu.csv', row: expected.row };
    expect(error).toMatchObject({ code: expected.code, place });
    expect((error as InputError).message).toContain(expected.says);
    expect((error as InputError).message).toMatch(/^cpu\.csv(, row \d+)?: Expected /);
  });

  it.each([
    ['a field without an end', 'x'],
    ['commas without an end', ','],
    ['a quoted field without an end', '"\n'],
  ])('stops at %s after 256 KiB and one read', async (_, filler) => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(`${ROWS}3,${filler.slice(0, 1)}`);
      const piece = new TextEncoder().encode(filler.slice(-1).repeat(65536));
      for (; sent < 100; sent++) yield piece;
    }
    const { items, error } = await outcomeOf(csvSource({ stream: endless() }).open());
    expect(items.flatMap((chunk) => Array.from(chunk.samples))).toEqual([10, 20]);
    expect(error).toMatchObject({ code: 'CSV_MALFORMED', place: { row: 2 } });
    expect(sent).toBeLessThanOrEqual(6);
  });

  it('refuses UTF-16', async () => {
    const { error } = await read(Buffer.from('\ufefftime,v\n1,2\n', 'utf16le'));
    expect(error).toMatchObject({ code: 'CSV_MALFORMED' });
  });

  it('wraps the fault of a stream and keeps the rows before it', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(`${ROWS}3,`);
      throw new RangeError('the cable is cut');
    }
    const { items, error } = await outcomeOf(csvSource({ stream: broken(), name: 'pipe' }).open());
    expect(items.flatMap((chunk) => Array.from(chunk.samples))).toEqual([10, 20]);
    expect(error).toMatchObject({ code: 'INPUT_UNREADABLE', cause: expect.any(RangeError) });
  });

  it('answers any bytes with rows or a typed error', async () => {
    const alphabet = fc.constantFrom('a', '1', '2', '.', '-', 'e', ',', '"', '\n', '\r', ' ', '\ufeff', '\0', 'time');
    const text = fc.array(alphabet, { maxLength: 60 }).map((parts) => `time,v\n1,1\n${parts.join('')}`);
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (content, size) => {
        const bytes = new TextEncoder().encode(content);
        const split = await outcomeOf(csvSource({ stream: inPieces(bytes, [size]) }).open());
        const whole = await outcomeOf(csvSource({ stream: inOnePiece(bytes) }).open());
        for (const { error } of [split, whole]) if (error !== undefined) expect(error).toBeInstanceOf(LongwaveError);
        const [some, all] = [split, whole].map(({ items }) => items.flatMap((chunk) => Array.from(chunk.samples)));
        expect(some).toEqual(all);
        expect((split.error as LongwaveError | undefined)?.message).toBe((whole.error as LongwaveError)?.message);
      }),
      { numRuns: 500 },
    );
  });
});
