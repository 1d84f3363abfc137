import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type Compression,
  ensureTopics,
  type KafkaTransport,
  kafkajsTransport,
} from '../../../connectors/kafka/index.ts';
import { requirePipeline, runPipeline } from '../../../pipeline/index.ts';
import { sendRows } from '../cli/kafka-run.ts';
import { type CommandResult, collect } from '../cli/run-command.ts';
import { describeWithBroker, eventually, freshTopic, testBrokers, testTransport } from './broker-setup.ts';
import { numbered, produce, readAll, readRange, running, text, texts } from './harness.ts';

type ClientCodec = Record<'compress' | 'decompress', (given: never) => Promise<Buffer>>;
const codecs = (createRequire(import.meta.url)('kafkajs') as { CompressionCodecs: Record<number, () => ClientCodec> })
  .CompressionCodecs;

/** Of Kafka's protocol. */
const NUMBERS = { gzip: 1, snappy: 2, lz4: 3 } as const;
const NAMES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

/** Batches that went through each codec of the client. */
let counts: Record<'compress' | 'decompress', Partial<Record<Compression, number>>>;
const originals = new Map<number, () => ClientCodec>();

beforeEach(async () => {
  counts = { compress: {}, decompress: {} };
  await kafkajsTransport({ brokers: 'localhost:1' }); // sets the codecs
  for (const name of NAMES) {
    const original = codecs[NUMBERS[name]]!;
    originals.set(NUMBERS[name], original);
    const counted = (verb: 'compress' | 'decompress') => (given: never) => {
      counts[verb][name] = (counts[verb][name] ?? 0) + 1;
      return original()[verb](given);
    };
    codecs[NUMBERS[name]] = () => ({ compress: counted('compress'), decompress: counted('decompress') });
  }
});
afterEach(() => {
  for (const [number, original] of originals) codecs[number] = original;
});

/** A topic whose records the broker keeps as it is told, decoding and encoding them by codecs of its own. */
async function topicWith(transport: KafkaTransport, type: string): Promise<string> {
  const topic = `test-${type}-${Math.random().toString(36).slice(2)}`;
  await ensureTopics(transport, [{ topic, config: { 'compression.type': type } }], { create: true });
  return topic;
}

describeWithBroker('Compressed records', () => {
  it.each(NAMES)('in %s are understood by the broker, and what it writes so is read', async (name) => {
    const plain = await testTransport();
    const packed = await kafkajsTransport({ brokers: testBrokers(), compression: name });
    const values = texts(0, 100);

    const unpackedByBroker = await topicWith(plain, 'uncompressed');
    await produce(packed, unpackedByBroker, numbered(100, 1));
    expect((await readAll(plain, unpackedByBroker, 100)).map(({ value }) => text(value))).toEqual(values);
    expect(counts).toEqual({ compress: { [name]: expect.any(Number) }, decompress: {} });

    counts = { compress: {}, decompress: {} };
    const packedByBroker = await topicWith(plain, name);
    await produce(plain, packedByBroker, numbered(100, 1));
    expect((await readAll(plain, packedByBroker, 100)).map(({ value }) => text(value))).toEqual(values);
    expect(counts).toEqual({ compress: {}, decompress: { [name]: expect.any(Number) } });
  });

  it('in zstd are read where Node has it, else refused at once by its version', async () => {
    const transport = await testTransport();
    const topic = await topicWith(transport, 'zstd');
    await produce(transport, topic, numbered(3, 1));
    if ('zstdDecompress' in (await import('node:zlib')))
      return expect(await readAll(transport, topic, 3)).toHaveLength(3);
    const source = running({ transport, topic, groupId: `g-${topic}` }, { onRecords: async () => {} });
    await expect(source.done).rejects.toMatchObject({
      code: 'DEPENDENCY_MISSING',
      message: expect.stringContaining('Expected Node 22.15 or newer'),
    });
  });

  it('are what a pipeline writes in its transactions, and nothing else changes', async () => {
    const transport = await testTransport();
    const input = await freshTopic(transport);
    await sendRows(transport, input, { from: 0, records: 20 });
    const plain = await outputOf(input, 'none');
    expect(counts.compress).toEqual({});
    expect(await outputOf(input, 'lz4')).toEqual(plain);
    expect(counts.compress.lz4).toBeGreaterThan(0);
    expect(plain.length).toBe(200);
  });

  it('whose package is missing end a run, and a lint, by its name', async () => {
    const transport = await kafkajsTransport({ brokers: testBrokers(), compression: 'snappy' });
    const input = await freshTopic(await testTransport());
    await sendRows(transport, input, { from: 0, records: 1 });
    const path = join(bare, 'pipeline.yaml');
    writeFileSync(path, pipeline({ input, group: `bare-${input}`, compression: 'none' }));
    const read = await bareCommand(['run', path]);
    const missing = (name: string, codec: string) =>
      `Expected the package \`${name}\` to be installed, because records are compressed with ${codec}: \`npm install ${name}@`;
    const told = read.stderr.split('\n').filter((line) => line.startsWith('longwave: '));
    expect(told).toEqual([expect.stringContaining(missing('snappy', 'snappy'))]);
    expect(told[0]).toMatch(/\[DEPENDENCY_MISSING\]$/);
    expect(read.stderr).not.toContain('"logger":"kafkajs"');
    expect(read.code).toBe(4);

    writeFileSync(path, pipeline({ input, group: `bare-${input}`, compression: 'lz4' }));
    const lint = await bareCommand(['lint', path]);
    expect(lint.stdout).toContain(missing('lz4-napi', 'lz4'));
    expect(lint.stdout).toMatch(/pipeline\.yaml:\d+:\d+.*sink\.kafka\.compression/);
    expect(lint.code).toBe(2);
  });
});

function pipeline(parts: {
  readonly input: string;
  readonly group: string;
  readonly compression: Compression;
}): string {
  const { input, group, compression } = parts;
  return `name: packed
source: { kafka: { brokers: ${JSON.stringify(testBrokers().split(','))}, topic: ${input}, groupId: ${group}, format: json, values: [load] } }
front: { none: {} }
encoder: { hiddenSize: 8, numLayers: 2, numHeads: 2, window: 8 }
head: { embedding: {} }
sink: { kafka: { topic: ${group}.out, compression: ${compression} } }
checkpoint: { commitMs: 20 }
`;
}

/** What a pipeline writes of 20 records. */
async function outputOf(input: string, compression: Compression): Promise<string[]> {
  const transport = await testTransport();
  const group = `${compression}-${input}`;
  const stop = new AbortController();
  const run = runPipeline(requirePipeline(pipeline({ input, group, compression }), 'pipeline.yaml'), {
    signal: stop.signal,
  });
  const admin = await transport.admin();
  await Promise.race([run, eventually('20 records', async () => (await admin.committed(group, input)).get(0) === 20n)]);
  stop.abort();
  await run;
  await admin.close();
  const records = await readRange(transport, { topic: `${group}.out`, partition: 0 });
  return records.map(({ value }) => text(value));
}

/** The built product as it is installed, without optional packages. */
let bare: string;
beforeAll(() => {
  bare = mkdtempSync(join(tmpdir(), 'longwave-bare-'));
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(join(root, part), join(bare, part), { recursive: true, filter: (path) => !path.endsWith('.tsbuildinfo') });
  }
  const modules = join(bare, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && !['snappy', 'lz4-napi'].includes(name)) {
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
    }
  }
});
afterAll(() => rmSync(bare, { recursive: true, force: true }));

function bareCommand(args: readonly string[]): Promise<CommandResult> {
  return collect(spawn(process.execPath, [join(bare, 'bin', 'longwave'), ...args]));
}
