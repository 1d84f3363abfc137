import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readSafetensorsFile,
  readSafetensorsHeader,
  saveSafetensors,
  writeSafetensors,
} from '../../../../models/weights/index.ts';
import { entry, rawFile, rejectionOf } from './raw-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwave-safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

const tensors = new Map([['w', { shape: [3], values: [1, 2, 3] }]]);

describe('readSafetensorsFile', () => {
  it('reads what saveSafetensors wrote', async () => {
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, tensors, { metadata: new Map([['format', 'pt']]) });
    const file = await readSafetensorsFile(path);
    expect(file.read('w')).toEqual(Float32Array.of(1, 2, 3));
    expect(file.metadata).toEqual(new Map([['format', 'pt']]));
  });

  it('views aligned F32 even behind a header of odd length', async () => {
    const path = join(folder, 'odd.safetensors');
    await writeFile(path, rawFile(`{${entry('w', 'F32', '[2]', '[0,8]')}}   `, [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]));
    const file = await readSafetensorsFile(path);
    expect(file.read('w')).toEqual(Float32Array.of(1, 2));
    expect(file.read('w').buffer).toBe(file.read('w').buffer);
  });

  it('tells of a missing file with its path and the fault of the system', async () => {
    const path = join(folder, 'none.safetensors');
    const fault = await rejectionOf(readSafetensorsFile(path));
    expect(fault).toMatchObject({ code: 'WEIGHTS_UNREADABLE', cause: { code: 'ENOENT' } });
    expect(fault.message).toContain(path);
  });

  it('refuses a folder', async () => {
    const fault = await rejectionOf(readSafetensorsFile(folder));
    expect([fault.code, fault.message]).toEqual([
      'WEIGHTS_UNREADABLE',
      `Expected \`path\` to be a file, got ${folder}`,
    ]);
  });

  it.each([0, 7, 8, 20, 60])('refuses a file cut after %i bytes, with its path', async (length) => {
    const path = join(folder, 'cut.safetensors');
    await writeFile(path, writeSafetensors(tensors).subarray(0, length));
    const fault = await rejectionOf(readSafetensorsFile(path));
    expect([fault.code, fault.message.startsWith(`${path}: `)]).toEqual(['WEIGHTS_MALFORMED', true]);
  });

  it('refuses a file of 64 GiB by its header, before any memory is taken for the data', async () => {
    const path = join(folder, 'sparse.safetensors');
    await writeFile(path, writeSafetensors(tensors));
    await truncate(path, 2 ** 36);
    const fault = await rejectionOf(readSafetensorsFile(path));
    expect([fault.code, fault.message]).toEqual([
      'WEIGHTS_MALFORMED',
      expect.stringContaining('last tensor at byte 12'),
    ]);
  });

  it('names the path when a tensor is asked for that is not there', async () => {
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, tensors);
    const file = await readSafetensorsFile(path);
    expect(() => file.read('x')).toThrow(`${path}: Expected a tensor "x"`);
  });
});

describe('readSafetensorsHeader', () => {
  it('gives names, dtypes and shapes', async () => {
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, tensors, { dtype: 'BF16' });
    const { tensors: found } = await readSafetensorsHeader(path);
    expect([...found.values()]).toEqual([{ name: 'w', dtype: 'BF16', shape: [3], begin: 0, end: 6 }]);
  });
});

describe('saveSafetensors', () => {
  it('writes the bytes of writeSafetensors over an older file and leaves nothing beside it', async () => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, 'old');
    await saveSafetensors(path, tensors);
    expect(new Uint8Array(await readFile(path))).toEqual(writeSafetensors(tensors));
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('keeps the older file when the tensors cannot be written', async () => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, 'old');
    const fault = await rejectionOf(
      saveSafetensors(path, new Map([['w', { shape: [1], values: [0.5], dtype: 'I8' }]])),
    );
    expect(fault.code).toBe('WEIGHTS_UNSUPPORTED');
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('tells of a folder that is not there, with the fault of the system', async () => {
    const path = join(folder, 'none', 'model.safetensors');
    const fault = await rejectionOf(saveSafetensors(path, tensors));
    expect(fault).toMatchObject({ code: 'WEIGHTS_UNREADABLE', cause: { code: 'ENOENT' } });
    expect(fault.message).toContain(path);
  });

  it('leaves nothing behind when the file cannot be moved to its place', async () => {
    const fault = await rejectionOf(saveSafetensors(folder, tensors));
    expect(fault.code).toBe('WEIGHTS_UNREADABLE');
    expect(await readdir(join(folder, '..'))).not.toContainEqual(
      expect.stringContaining(`${folder.split('/').at(-1)}.`),
    );
  });
});
