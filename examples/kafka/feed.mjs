// node examples/kafka/feed.mjs [--pipeline FILE] [--rows N] [--seconds S]: makes the topics of the pipeline and sends eight
// series, the same ones each time, at a steady pace.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensureTopics, kafkajsTransport } from 'longwave/connectors';
import { requirePipeline } from 'longwave/pipeline';

const PARTITIONS = 4;
const PUMPS = 8;
const FIRST_MS = Date.UTC(2026, 0, 1);

// Faults are told in a line, without a stack.
process.on('uncaughtException', ({ message, code }) => {
  console.error(code === undefined ? message : `${message} [${code}]`);
  process.exit(1);
});

const { values: options } = parseArgs({
  options: {
    pipeline: { type: 'string', default: new URL('pipeline.yaml', import.meta.url).pathname },
    rows: { type: 'string', default: '1200' },
    seconds: { type: 'string', default: '60' },
  },
});
const rows = Number(options.rows);
if (!Number.isInteger(rows) || rows < 1 || !(Number(options.seconds) >= 0)) {
  throw new RangeError(
    `Expected \`--rows\` from 1 on and \`--seconds\` from 0 on, got ${options.rows}, ${options.seconds}`,
  );
}
const pauseMs = (1000 * Number(options.seconds)) / rows;
const { source, sink } = requirePipeline(readFileSync(options.pipeline, 'utf8'), options.pipeline);
const { brokers, topic } = source.kafka;
const transport = await kafkajsTransport({ brokers });

const admin = await transport.admin();
const isThere = (await admin.partitionCounts([topic])).has(topic);
await admin.close();
if (isThere) {
  console.error(`Topic ${topic} is there already: start a fresh broker.`);
  process.exit(1);
}
const topics = [topic, sink.kafka.topic].map((name) => ({ topic: name, partitions: PARTITIONS }));
await ensureTopics(transport, topics, { create: true });
console.log(`made topics ${topics.map(({ topic: name }) => name).join(' and ')}; sending for ${options.seconds} s`);

const producer = await transport.producer();
const start = performance.now();
for (let row = 0; row < rows; row++) {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const pumps = Array.from({ length: PUMPS }, (_, pump) => pump).filter((pump) => pump % PARTITIONS === partition);
    await producer.send(
      topic,
      partition,
      pumps.map((pump) => ({ key: `pump-${pump}`, value: JSON.stringify(rowOf(pump, row)), partition })),
    );
  }
  await sleep(Math.max(0, start + row * pauseMs - performance.now()));
}
await producer.close();
console.log(`${rows * PUMPS} records of ${PUMPS} pumps are in topic ${topic}`);

/** A slow wave with a little noise that follows from pump and row alone; pump 3 stalls for twenty rows. */
function rowOf(pump, row) {
  const noise = (Math.imul(row * PUMPS + pump + 1, 2_654_435_761) >>> 0) / 2 ** 32 - 0.5;
  const stalls = pump === 3 && row >= 700 && row < 720;
  const load = stalls ? 0 : 50 + 20 * Math.sin(row / 12 + pump) + 4 * noise;
  return { row, time: new Date(FIRST_MS + 1000 * row).toISOString(), load };
}
