import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { embeddedBroker } from '../../../connectors/embedded/index.ts';
import { crashed, testFolder } from './broker-directory.ts';
import { FILES, goOn, prepare, seenTransactions, work } from './crash-workload.ts';

interface Write {
  readonly path: string;
  readonly bytes: Buffer;
  readonly position: number;
}

const recorded = vi.hoisted(() => ({ paths: new Map<number, string>(), writes: [] as unknown[] }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return {
    ...fs,
    openSync: (path: string, flags: string) => {
      const descriptor = fs.openSync(path, flags);
      recorded.paths.set(descriptor, path);
      return descriptor;
    },
    writeSync: (descriptor: number, bytes: Uint8Array, from: number, length: number, position: number) => {
      const copy = Buffer.from(bytes.subarray(from, from + length));
      recorded.writes.push({ path: recorded.paths.get(descriptor), bytes: copy, position });
      return fs.writeSync(descriptor, bytes, from, length, position);
    },
  };
});

function apply(directory: string, { path, position }: Write, bytes: Uint8Array): void {
  const file = join(directory, path);
  const descriptor = openSync(file, existsSync(file) ? 'r+' : 'w');
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

describe('A crash of the process', () => {
  it('after any write, or within it, shows each transaction whose commit was written, and no other', async () => {
    const folder = testFolder();
    const directory = join(folder, 'running');
    await prepare(directory);
    const broker = embeddedBroker({ directory });
    const start = crashed(directory, join(folder, 'start'));
    recorded.writes.length = 0;
    await work(broker, directory, 3);
    const writes = (recorded.writes as Write[]).map((write) => ({ ...write, path: relative(directory, write.path) }));
    await broker.close();

    const copy = join(folder, 'copy');
    let commits = 0;
    for (const write of writes) {
      for (const part of [0, 7, Math.floor(write.bytes.length / 2), write.bytes.length - 1]) {
        const partial = crashed(start, copy);
        apply(partial, write, write.bytes.subarray(0, part));
        const opened = embeddedBroker({ directory: partial });
        expect(await seenTransactions(opened.transport())).toBe(commits);
        await goOn(opened.transport(), commits);
        await opened.close();
      }
      apply(start, write, write.bytes);
      if (write.path === FILES.journal) commits++;
    }
    expect(commits).toBe(3);
    expect(writes.length).toBeGreaterThan(20);
    rmSync(copy, { recursive: true });
  });
});
