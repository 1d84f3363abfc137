import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ndjsonSink } from '../../../connectors/index.ts';
import { ConnectorError } from '../../../core/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-ndjson-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const json = (item: unknown): string => JSON.stringify(item);

describe('ndjsonSink to a stream', () => {
  it('writes one line for each item and leaves the stream open', async () => {
    const stream = new PassThrough();
    const sink = ndjsonSink({ stream }, json);
    await sink.write([{ a: 1 }, 'b\nc']);
    await sink.write([]);
    await sink.write([2]);
    await sink.close();
    await sink.close();
    expect(stream.read().toString()).toBe('{"a":1}\n"b\\nc"\n2\n');
    expect(stream.writable).toBe(true);
  });

  it('waits until a slow stream has taken the lines', async () => {
    const taken: (() => void)[] = [];
    const stream = new Writable({ highWaterMark: 1, write: (_bytes, _encoding, done) => void taken.push(done) });
    const sink = ndjsonSink({ stream }, json);
    let written = false;
    const writing = sink.write([1]).then(() => {
      written = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(false);
    taken.shift()?.();
    await writing;
    expect(written).toBe(true);
  });

  it('holds at most about 64 Ki characters while a slow stream takes a large batch', async () => {
    let largest = 0;
    const stream = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        largest = Math.max(largest, text.length, stream.writableLength);
        setImmediate(done);
      },
    });
    const sink = ndjsonSink({ stream }, json);
    await sink.write(Array.from({ length: 5000 }, () => 'x'.repeat(97)));
    expect(largest).toBeLessThanOrEqual(65536 + 100);
  });

  it('reports a stream that fails as SINK_FAILED with its cause, and stays failed', async () => {
    const cause = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const sink = ndjsonSink(
      { stream: new Writable({ write: (_bytes, _encoding, done) => done(cause) }), name: 'disk' },
      json,
    );
    const error = await sink.write([1]).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error).toMatchObject({ code: 'SINK_FAILED', cause });
    await expect(sink.write([2])).rejects.toMatchObject({ code: 'SINK_FAILED' });
    await sink.close();
  });

  it('reports a pipe whose reader has gone as SINK_FAILED by EPIPE', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.destroy()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise((resolve) => child.once('exit', resolve));
    const sink = ndjsonSink({ stream: child.stdin }, json);
    const error = await sink.write(['x'.repeat(1000)]).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: 'SINK_FAILED' });
    expect(['EPIPE', 'ERR_STREAM_DESTROYED']).toContain((error as { cause: { code: string } }).cause.code);
  });

  it('refuses to write after it is closed', async () => {
    const sink = ndjsonSink({ stream: new PassThrough() }, json);
    await sink.close();
    await expect(sink.write([1])).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });
});

describe('ndjsonSink to a path', () => {
  it('lets the file appear when it is whole', async () => {
    const path = join(folder, 'whole.ndjson');
    const sink = ndjsonSink({ path }, json);
    await sink.write([1, 2]);
    expect(existsSync(path)).toBe(false);
    await sink.write([3]);
    await sink.close();
    expect(readFileSync(path, 'utf8')).toBe('1\n2\n3\n');
    expect(readdirSync(folder)).not.toContain('whole.ndjson.partial');
  });

  it('makes an empty file where nothing was written', async () => {
    const path = join(folder, 'empty.ndjson');
    await ndjsonSink({ path }, json).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('reports a folder that does not exist as SINK_FAILED', async () => {
    const sink = ndjsonSink({ path: join(folder, 'no', 'such', 'x.ndjson') }, json);
    await expect(sink.write([1])).rejects.toMatchObject({ code: 'SINK_FAILED', cause: { code: 'ENOENT' } });
    await sink.close();
  });

  it('refuses no target and two targets', () => {
    expect(() => ndjsonSink({}, json)).toThrow(/Expected exactly one of/);
    expect(() => ndjsonSink({ path: 'x', stream: new PassThrough() }, json)).toThrow(/Expected exactly one of/);
  });
});
