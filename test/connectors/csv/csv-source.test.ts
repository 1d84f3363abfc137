import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvSourceOptions, csvSource, openCsv } from '../../../connectors/index.ts';
import type { Chunk } from '../../../core/index.ts';
import { inOnePiece, inPieces, outcomeOf } from '../byte-pieces.ts';

const examplePath = fileURLToPath(new URL('../../../examples/data/rds_cpu_utilization_cc0c53.csv', import.meta.url));

function textInput(text: string): { readonly stream: AsyncIterable<Uint8Array> } {
  return { stream: inOnePiece(new TextEncoder().encode(text)) };
}

/** All rows of chunks as one, however they were cut. */
function joined(chunks: readonly Chunk[]) {
  return {
    samples: chunks.flatMap((chunk) => Array.from(chunk.samples)),
    times: chunks.flatMap((chunk) => Array.from(chunk.eventTimesMs ?? [])),
    texts: chunks.flatMap((chunk) => chunk.timeTexts ?? []),
  };
}

async function read(text: string, options: CsvSourceOptions = {}) {
  const { items, error } = await outcomeOf(csvSource({ ...textInput(text), ...options }).open());
  if (error !== undefined) throw error;
  return joined(items);
}

async function columnsOf(text: string, options: CsvSourceOptions = {}) {
  const csv = await openCsv({ ...textInput(text), ...options });
  await csv?.close();
  return csv?.columns;
}

describe('csvSource', () => {
  it('gives values as doubles and times as ms and as written', async () => {
    expect(await read('timestamp,a,b\n2014-04-01 00:00:00,0.1,2\n2014-04-01 00:05:00,-3e2,.5\n')).toEqual({
      samples: [0.1, 2, -300, 0.5],
      times: [Date.UTC(2014, 3, 1), Date.UTC(2014, 3, 1, 0, 5)],
      texts: ['2014-04-01 00:00:00', '2014-04-01 00:05:00'],
    });
  });

  it('counts rows from 0 and cuts chunks at rowsPerChunk', async () => {
    const input = textInput('t,v\n1,1\n2,2\n3,3\n');
    const { items } = await outcomeOf(csvSource({ ...input, streamId: 's', rowsPerChunk: 2 }).open());
    expect(items.map((chunk) => [chunk.streamId, chunk.startSample, chunk.samples.length, chunk.sampleRateHz])).toEqual(
      [
        ['s', 0, 4, 0],
        ['s', 2, 2, 0],
      ],
    );
  });

  it('reads every row of the example file as a plain split does', async () => {
    const lines = readFileSync(examplePath, 'utf8').trim().split('\n').slice(1);
    const { items, error } = await outcomeOf(csvSource({ path: examplePath }).open());
    expect(error).toBeUndefined();
    expect(joined(items)).toEqual({
      samples: lines.map((line) => Number(line.split(',')[1])),
      times: lines.map((line) => Date.parse(`${line.split(',')[0]!.replace(' ', 'T')}Z`)),
      texts: lines.map((line) => line.split(',')[0]),
    });
  });

  it.each([
    ['LF', 'time,v\n1,2\n3,4\n'],
    ['CRLF', 'time,v\r\n1,2\r\n3,4\r\n'],
    ['CR', 'time,v\r1,2\r3,4\r'],
    ['mixed line ends', 'time,v\n1,2\r\n3,4\r\n'],
    ['no last line end', 'time,v\n1,2\n3,4'],
    ['a byte order mark', '\ufefftime,v\n1,2\n3,4\n'],
    ['a byte order mark before quotes', '\ufeff"time","v"\n1,2\n3,4\n'],
    ['quotes', '"time","v"\n"1","2"\n"3","4"\n'],
    ['spaces around numbers', 'time,v\n1, 2\n3 ,4 \n'],
    ['empty lines', 'time,v\n\n1,2\n\n3,4\n\n'],
  ])('reads %s', async (_, text) => {
    expect(await read(text)).toEqual({ samples: [2, 4], times: [1000, 3000], texts: expect.any(Array) });
  });

  it('keeps a header that begins like a byte order mark and is none', async () => {
    const bytes = new TextEncoder().encode('\uff54ime,v\n1,2\n');
    const csv = await openCsv({ stream: inPieces(bytes, [1]) });
    expect(csv?.columns.header).toEqual(['\uff54ime', 'v']);
    await csv?.close();
  });

  it('reads a quoted text with line breaks beside the numbers', async () => {
    const text = 'time,v,note\n1,2,"a ""b""\n\n\nc"\n3,4,d\n';
    expect((await read(text)).samples).toEqual([2, 4]);
  });

  it('delivers each row of a live pipe as soon as its newline has come', async () => {
    let sent = 0;
    async function* pipe(): AsyncGenerator<Uint8Array> {
      for (const text of ['time,v\n1,', '2\n', '3,4\n5,6\n7,', '8']) {
        sent++;
        yield new TextEncoder().encode(text);
      }
    }
    const seen: [number, number[]][] = [];
    for await (const chunk of csvSource({ stream: pipe() }).open()) seen.push([sent, Array.from(chunk.samples)]);
    expect(seen).toEqual([
      [2, [2]],
      [3, [4, 6]],
      [4, [8]],
    ]);
  });

  it('gives identical rows under any split of the bytes', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => `${row},"${row / 7}",${-row},"é ""x""\n${row}"`);
    const bytes = new TextEncoder().encode(`\ufefftime,a,b,note\r\n${rows.join('\r\n')}\r\n`);
    const whole = joined((await outcomeOf(csvSource({ stream: inOnePiece(bytes) }).open())).items);
    expect(whole.samples.length).toBe(80);
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sizes, async (pieceSizes) => {
        const { items } = await outcomeOf(csvSource({ stream: inPieces(bytes, pieceSizes) }).open());
        expect(joined(items)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('reads back every finite double that JavaScript prints', async () => {
    const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(doubles, async (values) => {
        const texts = values.map((value) => (Object.is(value, -0) ? '-0' : String(value)));
        expect((await read(`v\n${texts.join('\n')}\n`)).samples).toEqual(values);
      }),
      { numRuns: 100 },
    );
  });
});

describe('csvSource columns', () => {
  it.each(['time', 'Timestamp', 'DATE', 'datetime', 'ts'])('takes a column called %s for the time', async (name) => {
    const columns = await columnsOf(`v,${name}\n1,2\n`);
    expect(columns?.time).toEqual({ name, index: 1, format: 'epoch-seconds' });
    expect(columns?.values).toEqual([{ name: 'v', index: 0 }]);
  });

  it('takes the first column that holds a date where none has such a name', async () => {
    const columns = await columnsOf('v,when,then\n1,2020-01-01,2020-01-02\n');
    expect(columns?.time?.name).toBe('when');
    expect(columns?.ignored).toEqual(['then']);
  });

  it('takes no bare number for a time where no column has such a name', async () => {
    const columns = await columnsOf('a,b\n1500000000,2\n');
    expect(columns?.time).toBeUndefined();
    expect(columns?.values.map((column) => column.name)).toEqual(['a', 'b']);
  });

  it('leaves text columns and columns without a name aside and tells which', async () => {
    const columns = await columnsOf(',time,host,v\n0,1,db,2\n');
    expect(columns?.values).toEqual([{ name: 'v', index: 3 }]);
    expect(columns?.ignored).toEqual(['', 'host']);
  });

  it('keeps the order in which the caller names the value columns', async () => {
    const columns = await columnsOf('time,a,b\n1,2,3\n', { values: ['b', 'a'] });
    expect(columns?.values.map((column) => column.name)).toEqual(['b', 'a']);
    expect((await read('time,a,b\n1,2,3\n', { values: ['b', 'a'] })).samples).toEqual([3, 2]);
  });

  it('reads no time where the caller wants none', async () => {
    expect(await read('time,v\n1,2\n', { time: null })).toEqual({ samples: [1, 2], times: [], texts: [] });
  });

  it.each([
    ['2014-04-01T00:00:00Z', Date.UTC(2014, 3, 1)],
    ['2014-04-01 02:30:15.250', Date.UTC(2014, 3, 1, 2, 30, 15, 250)],
    ['2014-04-01T02:00:00+02:00', Date.UTC(2014, 3, 1)],
    ['2014-04-01T00:00:00-0530', Date.UTC(2014, 3, 1, 5, 30)],
    ['2014-04-01 10:20', Date.UTC(2014, 3, 1, 10, 20)],
    ['2014-04-01', Date.UTC(2014, 3, 1)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1396310400', Date.UTC(2014, 3, 1)],
    ['1396310400.5', Date.UTC(2014, 3, 1) + 500],
    ['1396310400000', Date.UTC(2014, 3, 1)],
    ['0', 0],
  ])('reads the time %s', async (text, expected) => {
    expect((await read(`time,v\n${text},1\n`)).times).toEqual([expected]);
  });

  it('takes equal times, and backward times where the caller accepts them', async () => {
    expect((await read('time,v\n5,1\n5,2\n')).samples).toEqual([1, 2]);
    expect((await read('time,v\n5,1\n4,2\n', { onBackwardTime: 'accept' })).times).toEqual([5000, 4000]);
  });
});
