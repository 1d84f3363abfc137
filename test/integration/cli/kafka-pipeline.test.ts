import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  encodeJsonRecord,
  encodePcmRecord,
  type KafkaRecord,
  kafkaSink,
  kafkaSource,
  type OutgoingRecord,
  wavSource,
} from '../../../connectors/index.ts';
import { type Chunk, chunkLength } from '../../../core/index.ts';
import { createLongformer } from '../../../models/index.ts';
import { describeWithBroker, eventually, freshTopic, testBrokers, testTransport } from '../kafka/broker-setup.ts';
import { collect, longwave, start } from './run-command.ts';

const RECORDING = join(dirname(createRequire(import.meta.url).resolve('node-wav/package.json')), 'file.wav');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-kafka-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWithBroker('longwave run, on a real broker', () => {
  it('publishes what `longwave encode` prints for the same recording, bit for bit', async () => {
    const transport = await testTransport();
    const [input, output] = [await freshTopic(transport, 2), await freshTopic(transport, 2)];
    const seconds = 5;
    const wav = join(folder, 'speech.wav');
    const chunks = await firstSeconds(seconds);
    writeFileSync(wav, wavOf(chunks));
    await send(
      input,
      chunks.map((chunk) => encodePcmRecord({ ...chunk, streamId: 'hall' }, { format: 'pcm_s16le' })),
    );
    const printed = (await longwave(['encode', wav, '--json'])).stdout.trimEnd().split('\n');
    expect(printed.length).toBe(seconds * 100 - 2);

    const run = await runUntil(
      pipeline({
        input,
        output,
        front: 'logMel: {}',
        source: 'format: pcm',
        encoder: 'hiddenSize: 64, numLayers: 2, numHeads: 4, ffnSize: 256, window: 512',
        head: 'embedding: {}',
      }),
      {
        topic: output,
        count: printed.length,
      },
    );
    expect(run.records.map(({ value }) => text(value))).toEqual(printed);
    expect(run.records.every(({ key }) => text(key) === 'hall')).toBe(true);
    expect(run.code).toBe(0);
  });

  it('judges JSON rows per key, puts a malformed record aside with its cause and goes on', async () => {
    const transport = await testTransport();
    const [input, output] = [await freshTopic(transport), await freshTopic(transport)];
    const rows = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i / 3));
    const chunk = (streamId: string): Chunk => ({
      streamId,
      startSample: 0,
      sampleRateHz: 0,
      channels: 1,
      samples: rows,
      eventTimeMs: undefined,
    });
    await send(input, [
      encodeJsonRecord(chunk('pump-1'), ['load']),
      { key: 'pump-1', value: '{"load": "high"}' },
      { key: 'pump-1', value: 'no JSON at all' },
      encodeJsonRecord(chunk('pump-2'), ['load']),
      encodeJsonRecord({ ...chunk('pump-1'), startSample: 60 }, ['load']),
    ]);
    const run = await runUntil(
      pipeline({ input, output, source: 'format: json, values: [load]', head: 'anomaly: {}' }),
      { topic: output, count: 180 },
    );
    const ofKey = (key: string): number[] =>
      run.records.filter((record) => text(record.key) === key).map((record) => JSON.parse(text(record.value)).row);
    expect(ofKey('pump-1')).toEqual(Array.from({ length: 120 }, (_, row) => row));
    expect(ofKey('pump-2')).toEqual(Array.from({ length: 60 }, (_, row) => row));
    expect(run.code).toBe(0);
    const letters = await readTopic(`${input}.dead-letter`, 2);
    expect(letters.map((letter) => text(letter.headers.get('lw-dead-letter-error-code') ?? null))).toEqual([
      'RECORD_MALFORMED',
      'RECORD_MALFORMED',
    ]);
    expect(letters.map((letter) => text(letter.value))).toEqual(['{"load": "high"}', 'no JSON at all']);
    expect(letters.map((letter) => text(letter.headers.get('lw-dead-letter-offset') ?? null))).toEqual(['1', '2']);
  });

  it('goes on after a restart where it was, look-ahead included, and ends a stream that idles', async () => {
    const transport = await testTransport();
    const [input, output] = [await freshTopic(transport), await freshTopic(transport)];
    const chunk = (startSample: number, streamId = 'pump', eventTimeMs = 1000 + startSample): Chunk => ({
      ...{ streamId, startSample, sampleRateHz: 0, channels: 1, eventTimeMs },
      samples: Float64Array.from({ length: 30 }, (_, i) => Math.sin((startSample + i) / 3)),
    });
    const run = (count: number): ReturnType<typeof runUntil> =>
      runUntil(
        pipeline({
          ...{ input, output, source: 'format: json, values: [load]', front: 'none: {}', head: 'embedding: {}' },
          encoder: 'hiddenSize: 8, numLayers: 2, numHeads: 2, window: 4, lookAhead: [3, 4]',
          checkpoint: 'idleMs: 5000',
        }),
        { topic: output, count },
      );
    await send(input, [encodeJsonRecord(chunk(0), ['load'])]);
    expect((await run(30 - 7)).code).toBe(0);
    await send(input, [encodeJsonRecord(chunk(30), ['load'])]);
    expect((await run(60 - 7)).code).toBe(0);
    await send(input, [encodeJsonRecord(chunk(0, 'other', 100_000), ['load'])]);
    const { code, records } = await run(60 + 30 - 7);
    expect(code).toBe(0);
    const lines = records.filter(({ key }) => text(key) === 'pump').map(({ value }) => JSON.parse(text(value)));
    expect(lines.map(({ token }) => token)).toEqual(Array.from({ length: 60 }, (_, token) => token));
    const longformer = { inputSize: 1, hiddenSize: 8, numLayers: 2, numHeads: 2, window: 4, lookAhead: [3, 4] };
    const { encodings } = createLongformer(longformer, { seed: 1 }).encodeSequence({
      tokens: Float32Array.from([0, 30].flatMap((start) => [...chunk(start).samples])),
    });
    expect(lines.flatMap(({ embedding }) => embedding)).toEqual([...encodings]);
    const ids = records.map(({ headers }) => text(headers.get('ce_id') ?? null));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says before it reads anything that a model is not there', async () => {
    const transport = await testTransport();
    const [input, output] = [await freshTopic(transport), await freshTopic(transport)];
    const file = join(folder, 'no-model.yaml');
    const parts = { input, output, source: 'format: json, values: [id]', head: 'embedding: {}' };
    writeFileSync(file, pipeline({ ...parts, encoder: `model: ${join(folder, 'none')}` }));
    const { code, stderr } = await longwave(['run', file]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^longwave: .*none, got none \[WEIGHTS_UNREADABLE\]\n$/)]);
  });

  it('ends with 4 and one typed line when no broker answers', async () => {
    const file = join(folder, 'nobody.yaml');
    writeFileSync(
      file,
      pipeline({ input: 'a', output: 'b', source: 'format: json, values: [load]', head: 'anomaly: {}' }).replace(
        JSON.stringify(testBrokers().split(',')),
        '["127.0.0.1:9"]',
      ),
    );
    const { code, stderr } = await longwave(['run', file]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/127\.0\.0\.1:9.*\[CONNECTOR_UNREACHABLE\]/);
    expect(stderr).not.toContain('    at ');
  });
});

function pipeline(parts: {
  input: string;
  output: string;
  source: string;
  head: string;
  front?: string;
  encoder?: string;
  checkpoint?: string;
}): string {
  return `name: test
source:
  kafka: { brokers: ${JSON.stringify(testBrokers().split(','))}, topic: ${parts.input}, groupId: g-${parts.input}, ${parts.source} }
${parts.front === undefined ? '' : `front: { ${parts.front} }\n`}${parts.encoder === undefined ? '' : `encoder: { ${parts.encoder} }\n`}head: { ${parts.head} }
sink:
  kafka: { topic: ${parts.output} }
${parts.checkpoint === undefined ? '' : `checkpoint: { ${parts.checkpoint} }\n`}`;
}

/** Runs a pipeline as a process of its own until the topic holds `count` records, then drains it by SIGTERM. */
async function runUntil(
  yaml: string,
  until: { topic: string; count: number },
): Promise<{ code: number | null; records: KafkaRecord[] }> {
  const file = join(folder, `${until.topic}.yaml`);
  writeFileSync(file, yaml);
  const child = start(['run', file]);
  const ended = collect(child);
  let records: KafkaRecord[] = [];
  try {
    records = await Promise.race([
      readTopic(until.topic, until.count),
      ended.then(({ code, stderr }) => Promise.reject(new Error(`longwave run ended early with ${code}: ${stderr}`))),
    ]);
  } finally {
    child.kill('SIGTERM');
  }
  const { code } = await ended;
  return { code, records };
}

async function readTopic(topic: string, count: number): Promise<KafkaRecord[]> {
  const transport = await testTransport();
  const records: KafkaRecord[] = [];
  const stop = new AbortController();
  const source = kafkaSource({ transport, topic, groupId: `read-${topic}-${count}` });
  const reading = source.run({ onRecords: async (batch) => void records.push(...batch.records) }, stop.signal);
  try {
    await eventually(`${count} records in ${topic}`, () => records.length >= count, 60_000);
  } finally {
    stop.abort();
    await reading;
  }
  return records;
}

async function send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
  const sink = kafkaSink({ transport: await testTransport(), topic });
  await sink.write(records);
  await sink.close();
}

async function firstSeconds(seconds: number): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of wavSource({ path: RECORDING, chunkSamples: 1600 }).open()) {
    chunks.push(chunk);
    if (chunk.startSample + chunkLength(chunk) >= seconds * 16_000) break;
  }
  return chunks;
}

/** A 16-bit mono WAV at 16 kHz. */
function wavOf(chunks: readonly Chunk[]): Buffer {
  const samples = chunks.flatMap((chunk) => Array.from(chunk.samples));
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(Math.round(sample * 32768), 44 + 2 * i);
  });
  return bytes;
}

function text(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
