import { expect, it } from 'vitest';
import {
  encodePcmRecord,
  ensureTopics,
  type KafkaTransport,
  type OutgoingRecord,
  requestsOf,
} from '../../../connectors/index.ts';
import { Random } from '../../../core/index.ts';
import { requirePipeline, runPipeline } from '../../../pipeline/index.ts';
import { describeWithBroker, eventually, freshTopic, testBrokers, testTransport } from '../kafka/broker-setup.ts';
import { committed, readRange, text } from '../kafka/harness.ts';

/** A record that cannot be read, and why. */
interface Pill {
  readonly name: string;
  readonly code: string;
  readonly record: OutgoingRecord;
}

const LARGE = new Uint8Array(1_048_000).fill(0x20);
/** Brokers delete records by their age. */
const START_MS = Date.now();
const FIRST_KEY = { key: 'sensor-0', partition: 0, timestampMs: START_MS };

describeWithBroker('poison pills among good records, over a restart', () => {
  it('put aside PCM pills of every kind with their causes, and change no finding', async () => {
    const good = pcmRecord(0);
    const changed = (headers: OutgoingRecord['headers'], value = good.value): OutgoingRecord => ({
      ...{ ...FIRST_KEY, value },
      headers: { ...good.headers, ...headers },
    });
    const without = (name: string): OutgoingRecord => {
      const { [name]: _, ...headers } = good.headers ?? {};
      return { ...good, headers };
    };
    const numbers = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
    await expectUnharmed({
      source: 'format: pcm',
      model: PCM_MODEL,
      good: pcmRecord,
      pills: [
        { name: 'half a sample', code: 'RECORD_MALFORMED', record: changed({}, new Uint8Array(1601)) },
        { name: 'another rate', code: 'SAMPLE_RATE_MISMATCH', record: changed({ 'lw-sample-rate': '8000' }) },
        { name: 'no rate', code: 'RECORD_MALFORMED', record: without('lw-sample-rate') },
        { name: 'two channels', code: 'SHAPE_MISMATCH', record: changed({ 'lw-channels': '2' }) },
        { name: 'NaN', code: 'VALUE_NOT_FINITE', record: changed({}, numbers(0.5, Number.NaN)) },
        { name: 'infinity', code: 'VALUE_NOT_FINITE', record: changed({}, numbers(Number.NEGATIVE_INFINITY)) },
        { name: 'empty', code: 'RECORD_MALFORMED', record: changed({}, new Uint8Array(0)) },
        { name: 'tombstone', code: 'RECORD_MALFORMED', record: changed({}, null) },
        { name: 'no key', code: 'RECORD_MALFORMED', record: { ...good, key: null } },
        { name: 'a key of no text', code: 'RECORD_MALFORMED', record: { ...good, key: Uint8Array.of(0xff) } },
        { name: 'an unknown format', code: 'RECORD_MALFORMED', record: changed({ 'lw-format': 'opus' }) },
        { name: 'no number', code: 'RECORD_MALFORMED', record: changed({ 'lw-start-sample': 'soon' }) },
        { name: 'a large header', code: 'RECORD_MALFORMED', record: changed({ 'lw-channels': '1'.repeat(9000) }) },
        { name: 'a large value', code: 'RECORD_MALFORMED', record: changed({ 'lw-format': 'opus' }, LARGE) },
      ],
    });
  });

  it('put aside JSON pills of every kind with their causes, and change no finding', async () => {
    const pill = (name: string, value: OutgoingRecord['value'], code = 'RECORD_MALFORMED'): Pill => {
      return { name, code, record: { ...FIRST_KEY, value } };
    };
    await expectUnharmed({
      source: 'format: json, values: [a, b]',
      model: JSON_MODEL,
      good: jsonRecord,
      pills: [
        pill('no JSON', '{"a": 1, "b"'),
        pill('no object', '17'),
        pill('no rows', '[]'),
        pill('a column missing', '{"a": 1, "c": 2}'),
        pill('a text for a number', '{"a": 1, "b": "2"}'),
        pill('infinity', '{"a": 1, "b": 1e999}', 'VALUE_NOT_FINITE'),
        pill('NaN', '{"a": NaN, "b": 1}'),
        pill('rows that do not follow each other', '[{"a":1,"b":1,"row":0},{"a":1,"b":1,"row":5}]'),
        pill('no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)),
        pill('empty', ''),
        pill('tombstone', null),
        pill('a large value', LARGE),
        { ...pill('no key', null), record: { ...FIRST_KEY, value: '{"a":1,"b":2}', key: null } },
        { ...pill('a large key', null), record: { ...FIRST_KEY, value: '{"a":1,"b":2}', key: 'k'.repeat(2000) } },
      ],
    });
  });
});

const KEYS = 2;
const GOOD = 60;

const PCM_MODEL = `front: { logMel: {} }
encoder: { hiddenSize: 8, numLayers: 1, numHeads: 1, ffnSize: 8, window: 8 }`;
const JSON_MODEL = `front: { scale: { warmupRows: 4 } }
encoder: { hiddenSize: 8, numLayers: 1, numHeads: 1, ffnSize: 8, window: 8 }`;

/** Good record `index` of both partitions' streams: the next of its key. */
function pcmRecord(index: number): OutgoingRecord {
  const random = new Random(index + 1);
  const samples = Float32Array.from({ length: 400 }, () => random.nextSymmetric(0.5));
  const startSample = 400 * Math.floor(index / KEYS);
  const chunk = { startSample, sampleRateHz: 16_000, channels: 1, samples, eventTimeMs: undefined };
  const key = `sensor-${index % KEYS}`;
  return { ...encodePcmRecord({ ...chunk, streamId: key }), partition: index % KEYS, timestampMs: START_MS + index };
}

/** Rows without an index: a pill that moved the decoder would show in all that follow. */
function jsonRecord(index: number): OutgoingRecord {
  const random = new Random(index + 1);
  const value = JSON.stringify({ a: random.nextSymmetric(3), b: index });
  return { key: `sensor-${index % KEYS}`, value, partition: index % KEYS, timestampMs: START_MS + index };
}

interface PoisonCase {
  readonly source: string;
  readonly model: string;
  readonly good: (index: number) => OutgoingRecord;
  readonly pills: readonly Pill[];
}

async function expectUnharmed({ source, model, good, pills }: PoisonCase): Promise<void> {
  const transport = await testTransport();
  const [clean, poisoned] = [await freshTopic(transport, KEYS), await freshTopic(transport, KEYS)];
  const records = Array.from({ length: GOOD }, (_, index) => good(index));
  // Two pills before any good record, then one behind each, so that the restart falls among them.
  const withPills = records.flatMap((record, i) => {
    const own = i === 0 ? pills.slice(0, 2) : pills.slice(i + 1, i + 2);
    return [...own.map((pill) => pill.record), record];
  });
  const half = pills.length;
  const settings = { source, model };
  await send(transport, clean, records);
  await runAll(transport, { topic: clean, ...settings });
  await send(transport, poisoned, withPills.slice(0, half));
  await runAll(transport, { topic: poisoned, ...settings });
  await send(transport, poisoned, withPills.slice(half));
  await runAll(transport, { topic: poisoned, ...settings });
  for (let partition = 0; partition < KEYS; partition++) {
    const found = await findings(transport, poisoned, partition);
    expect(found.length).toBeGreaterThan(GOOD / KEYS / 2);
    expect(found).toEqual(await findings(transport, clean, partition));
  }
  const letters = await readRange(transport, { topic: `${poisoned}.dead-letter`, partition: 0 });
  const header = (name: string) => letters.map(({ headers }) => text(headers.get(`lw-dead-letter-${name}`)));
  expect(header('error-code')).toEqual(pills.map(({ code }) => code));
  expect(header('left-out')).toEqual(pills.map(({ record }) => (record.value === LARGE ? 'value' : '')));
  expect(letters.map(({ key }) => text(key))).toEqual(pills.map(({ record }) => bytesText(record.key)));
  expect(letters.map(({ value }) => text(value))).toEqual(
    pills.map(({ record: { value } }) => (value === LARGE ? '' : bytesText(value))),
  );
  expect(new Set(header('message')).size).toBe(pills.length);
}

function bytesText(bytes: string | Uint8Array | null): string {
  return typeof bytes === 'string' ? bytes : text(bytes);
}

async function send(transport: KafkaTransport, topic: string, records: readonly OutgoingRecord[]): Promise<void> {
  const producer = await transport.producer();
  for (let partition = 0; partition < KEYS; partition++) {
    const own = records.filter((record) => record.partition === partition);
    const requests = await requestsOf(own, { to: producer, topic, maxRequestBytes: 900_000 });
    for (const request of requests) await producer.send(topic, partition, request.records);
  }
  await producer.close();
}

/** Runs the pipeline until all of its input is committed, then drains it. */
async function runAll(
  transport: KafkaTransport,
  { topic, source, model }: { readonly topic: string; readonly source: string; readonly model: string },
): Promise<void> {
  await ensureTopics(transport, [{ topic: `${topic}-out`, partitions: KEYS }], { create: true });
  const config = requirePipeline(
    `name: poison
source: { kafka: { brokers: ${JSON.stringify(testBrokers().split(','))}, topic: ${topic}, groupId: g-${topic}, ${source} } }
${model}
head: { embedding: {} }
sink: { kafka: { topic: ${topic}-out } }
checkpoint: { commitMs: 5 }
`,
    'poison.yaml',
  );
  const stop = new AbortController();
  const running = runPipeline(config, { signal: stop.signal });
  const failed = running.then(() => {});
  const admin = await transport.admin();
  try {
    const done = eventually(
      `the input of ${topic} to be committed`,
      async () => {
        const ends = await admin.offsets(topic);
        const at = await committed(transport, topic, `g-${topic}`);
        return ends.every(({ partition, high }) => (at[partition] ?? 0n) >= high);
      },
      60_000,
    );
    await Promise.race([done, failed]);
  } finally {
    await admin.close();
    stop.abort();
  }
  await running;
}

/** All that can be told of the committed findings of a partition, but for the name of the input. */
async function findings(transport: KafkaTransport, topic: string, partition: number): Promise<unknown[]> {
  const records = await readRange(transport, { topic: `${topic}-out`, partition });
  return records.map(({ key, value, headers, timestampMs }) => {
    // Pills move the offset at which a stream begins, which is part of its findings' names.
    const own = (said: string): string => said.replace(topic, 'input').replace(/(?<=\/)\d+-\d+(?=\/)/, 'place');
    const named = [...headers].map(([name, bytes]) => [name, own(text(bytes))]);
    return [text(key), text(value), named, timestampMs];
  });
}
