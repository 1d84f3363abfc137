import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../core/index.ts';
import {
  readSafetensorsFile,
  readShardedSafetensors,
  saveSafetensors,
  saveShardedSafetensors,
  type TensorData,
} from '../../../../models/weights/index.ts';
import { rejectionOf } from './raw-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwave-shards-'));
});
afterEach(() => rm(folder, { recursive: true }));

const INDEX = 'model.safetensors.index.json';
const ones = (length: number): TensorData => ({ shape: [length], values: Array(length).fill(1) });

/** Writes shards and an index, each as told, and returns the path of the index. */
async function model(shards: Readonly<Record<string, readonly string[]>>, index: unknown): Promise<string> {
  for (const [file, names] of Object.entries(shards)) {
    await saveSafetensors(join(folder, file), new Map(names.map((name) => [name, ones(1)])));
  }
  const path = join(folder, INDEX);
  await writeFile(path, typeof index === 'string' ? index : JSON.stringify(index));
  return path;
}

describe('saveShardedSafetensors and readShardedSafetensors', () => {
  const tensors = new Map<string, TensorData>([
    ['c', { shape: [2], values: [5, 6] }],
    ['a', { shape: [2], values: [1, 2] }],
    ['b', { shape: [4], values: [1, 2, 3, -4], dtype: 'I8' }],
    ['d', { shape: [5], values: [1, 2, 3, 4, 5] }],
    ['e', { shape: [], values: [9] }],
  ]);

  it('give every tensor back as one model', async () => {
    const index = await saveShardedSafetensors(folder, tensors, { maxShardBytes: 12 });
    const file = await readShardedSafetensors(index);
    expect([...file.tensors.keys()]).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const [name, { values }] of tensors) expect(Array.from(file.read(name))).toEqual(values);
    expect(file.readInt8('b')).toEqual(Int8Array.of(1, 2, 3, -4));
  });

  it('fill shards by name up to the bound; only a larger tensor stands alone above it', async () => {
    await saveShardedSafetensors(folder, tensors, { maxShardBytes: 12 });
    const shards: string[][] = [];
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort()) {
      shards.push([...(await readSafetensorsFile(join(folder, file))).tensors.keys()]);
    }
    expect(shards).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });

  it('write an index as public tools read it', async () => {
    const index = await saveShardedSafetensors(folder, tensors, { maxShardBytes: 1000 });
    const file = 'model-00001-of-00001.safetensors';
    expect(JSON.parse(await readFile(index, 'utf8'))).toEqual({
      metadata: { total_size: 44 },
      weight_map: { a: file, b: file, c: file, d: file, e: file },
    });
  });

  it('give back the metadata on which all shards agree', async () => {
    const index = await saveShardedSafetensors(folder, tensors, {
      maxShardBytes: 1,
      metadata: new Map([['format', 'pt']]),
    });
    await saveSafetensors(join(folder, 'model-00001-of-00005.safetensors'), new Map([['a', ones(2)]]), {
      metadata: new Map([
        ['format', 'pt'],
        ['only', 'here'],
      ]),
    });
    expect((await readShardedSafetensors(index)).metadata).toEqual(new Map([['format', 'pt']]));
  });

  it('write and read a model without tensors', async () => {
    const index = await saveShardedSafetensors(folder, new Map(), { maxShardBytes: 1 });
    expect((await readShardedSafetensors(index)).tensors.size).toBe(0);
  });
});

describe('saveShardedSafetensors', () => {
  it('leaves no older index beside shards of which one could not be written', async () => {
    const old = await saveShardedSafetensors(folder, new Map([['a', ones(1)]]), { maxShardBytes: 4 });
    const bad = new Map<string, TensorData>([
      ['a', ones(1)],
      ['b', { shape: [1], values: [0.5], dtype: 'I8' }],
    ]);
    const fault = await rejectionOf(saveShardedSafetensors(folder, bad, { maxShardBytes: 4 }));
    expect(fault.code).toBe('WEIGHTS_UNSUPPORTED');
    await expect(access(old)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([0, 0.5, Number.NaN])('refuses maxShardBytes of %d', async (maxShardBytes) => {
    await expect(saveShardedSafetensors(folder, new Map(), { maxShardBytes })).rejects.toBeInstanceOf(ConfigError);
  });
});

describe('readShardedSafetensors', () => {
  it.each([
    '../evil.safetensors',
    '..',
    '/etc/evil.safetensors',
    'sub/evil.safetensors',
    'sub\\evil.safetensors',
    'C:evil.safetensors',
    '.safetensors',
    'evil\u0000.safetensors',
    'evil..safetensors',
    'evil.bin',
    '',
    `${'x'.repeat(250)}.safetensors`,
  ])('refuses the shard name %j', async (file) => {
    const fault = await rejectionOf(readShardedSafetensors(await model({}, { weight_map: { a: file } })));
    expect([fault.code, fault.message]).toEqual(['WEIGHTS_MALFORMED', expect.stringContaining('`weight_map` of "a"')]);
  });

  it.each([
    ['no JSON', 'hello', /the index to start with \{/],
    ['an array', '[]', /the index to start with \{/],
    ['an unknown field', '{"weights":{}}', /fields of the index .*"weights"/],
    ['no weight_map', '{"metadata":{"total_size":0}}', /`weight_map`, got none/],
    [
      'a tensor that comes twice',
      '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}',
      /`weight_map` .*"a" twice/,
    ],
    ['a file that is a number', '{"weight_map":{"a":1}}', /`weight_map` "a" to be a string/],
    ['metadata inside metadata', '{"metadata":{"k":{}},"weight_map":{}}', /`metadata` "k"/],
    ['a bomb of arrays', `{"metadata":{"k":${'['.repeat(1_000_000)}`, /`metadata` "k"/],
    ['text after its end', '{"weight_map":{}}{}', /nothing after the index/],
    ['a name that no tensor may have', '{"weight_map":{"__metadata__":"x.safetensors"}}', /name of a tensor/],
  ])('refuses an index with %s', async (_name, index, message) => {
    const path = await model({}, index);
    const fault = await rejectionOf(readShardedSafetensors(path));
    expect(fault.code).toBe('WEIGHTS_MALFORMED');
    expect(fault.message).toMatch(message);
    expect(fault.message).toContain(path);
  });

  it('refuses an index that is not UTF-8', async () => {
    const path = join(folder, INDEX);
    await writeFile(path, Uint8Array.of(0x7b, 0xff, 0x7d));
    const fault = await rejectionOf(readShardedSafetensors(path));
    expect([fault.code, fault.message]).toEqual([
      'WEIGHTS_MALFORMED',
      expect.stringContaining('the index to be valid UTF-8'),
    ]);
  });

  it('takes any plain values for metadata', async () => {
    const metadata = { total_size: 4.5e3, format: 'pt', tied: true, none: null };
    const path = await model({ 'x.safetensors': ['a'] }, { metadata, weight_map: { a: 'x.safetensors' } });
    expect((await readShardedSafetensors(path)).read('a')).toEqual(Float32Array.of(1));
  });

  it('tells of a missing index with its path', async () => {
    const fault = await rejectionOf(readShardedSafetensors(join(folder, INDEX)));
    expect(fault).toMatchObject({ code: 'WEIGHTS_UNREADABLE', cause: { code: 'ENOENT' } });
  });

  it('tells of a missing shard with its path', async () => {
    const weight_map = { a: 'x.safetensors', b: 'gone.safetensors' };
    const fault = await rejectionOf(readShardedSafetensors(await model({ 'x.safetensors': ['a'] }, { weight_map })));
    expect(fault).toMatchObject({ code: 'WEIGHTS_UNREADABLE', cause: { code: 'ENOENT' } });
    expect(fault.message).toContain(join(folder, 'gone.safetensors'));
  });

  it('tells of a broken shard with its path', async () => {
    await writeFile(join(folder, 'x.safetensors'), 'short');
    const fault = await rejectionOf(readShardedSafetensors(await model({}, { weight_map: { a: 'x.safetensors' } })));
    expect(fault.code).toBe('WEIGHTS_MALFORMED');
    expect(fault.message).toContain(join(folder, 'x.safetensors'));
  });

  it('refuses a tensor in another shard than the index says', async () => {
    const weight_map = { a: 'x.safetensors', b: 'x.safetensors', c: 'y.safetensors' };
    const path = await model({ 'x.safetensors': ['a'], 'y.safetensors': ['b', 'c'] }, { weight_map });
    const fault = await rejectionOf(readShardedSafetensors(path));
    expect(fault.code).toBe('WEIGHTS_MISMATCH');
    expect(fault.message).toContain('missing: "b in x.safetensors"; unexpected: "b in y.safetensors"');
  });

  it('lists all missing and all unexpected tensors in one error', async () => {
    const weight_map = { a: 'x.safetensors', m: 'x.safetensors', n: 'y.safetensors', b: 'y.safetensors' };
    const path = await model({ 'x.safetensors': ['a', 'u'], 'y.safetensors': ['b', 'v'] }, { weight_map });
    const fault = await rejectionOf(readShardedSafetensors(path));
    expect(fault.code).toBe('WEIGHTS_MISMATCH');
    expect(fault.message).toContain(
      'missing: "m in x.safetensors", "n in y.safetensors"; unexpected: "u in x.safetensors", "v in y.safetensors"',
    );
  });

  it('keeps the list short when very many tensors are missing', async () => {
    const names = Array.from({ length: 500 }, (_, i) => `t${i}`);
    const weight_map = Object.fromEntries(names.map((name) => [name, 'x.safetensors']));
    const fault = await rejectionOf(readShardedSafetensors(await model({ 'x.safetensors': [] }, { weight_map })));
    expect(fault.message).toContain('and 490 more');
    expect(fault.message.length).toBeLessThan(1000);
  });

  it('says so when there is no such tensor', async () => {
    const path = await model({ 'x.safetensors': ['a'] }, { weight_map: { a: 'x.safetensors' } });
    const file = await readShardedSafetensors(path);
    expect(() => file.read('constructor')).toThrow('Expected a tensor "constructor", got none among 1 tensors');
  });
});
