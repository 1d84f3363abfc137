// node examples/kafka/check.mjs [--pipeline FILE]: waits until the group has come to the end of its input, then checks what was
// committed: every row judged, none twice, and the same bytes as a run of its own in which nothing fails. Exit code 0 or 1.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { kafkajsTransport } from 'longwave/connectors';
import { requirePipeline, runPipeline } from 'longwave/pipeline';

// Faults are told in a line, without a stack.
process.on('uncaughtException', ({ message, code }) => {
  console.error(code === undefined ? message : `${message} [${code}]`);
  process.exit(1);
});

const { values: options } = parseArgs({
  options: { pipeline: { type: 'string', default: new URL('pipeline.yaml', import.meta.url).pathname } },
});
const config = requirePipeline(readFileSync(options.pipeline, 'utf8'), options.pipeline);
const { brokers, topic, groupId } = config.source.kafka;
const transport = await kafkajsTransport({ brokers });

const records = (await isThere(topic)) ? await untilCommitted(groupId) : 0;
if (records === 0) {
  console.log(`Topic ${topic} holds nothing: run feed.mjs first`);
  process.exit(1);
}
const got = await committedOf(config.sink.kafka.topic);

const name = `unfailed-${Date.now()}`;
const stop = new AbortController();
const unfailed = runPipeline(
  {
    ...config,
    source: { kafka: { ...config.source.kafka, groupId: name } },
    sink: { kafka: { ...config.sink.kafka, topic: name } },
  },
  { signal: stop.signal },
);
const later = await Promise.race([unfailed, untilCommitted(name)]);
stop.abort();
await unfailed;
if (later !== records) {
  console.log(`Topic ${topic} has grown meanwhile: check again when feed.mjs is done`);
  process.exit(1);
}
const expected = await committedOf(name);

const ids = got.map(({ id }) => id);
const faults = [
  ...(got.length === records ? [] : [`${got.length} findings of ${records} rows`]),
  ...(new Set(ids).size === ids.length ? [] : [`${ids.length - new Set(ids).size} findings stand there twice`]),
  ...(got.length === expected.length && got.every(({ bytes }, i) => bytes === expected[i].bytes)
    ? []
    : ['an unfailed run gives other bytes']),
];
for (const fault of faults) console.log(`NOT exactly once: ${fault}`);
if (faults.length === 0) console.log(`${got.length} rows, each judged once, the same bytes as an unfailed run`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function isThere(name) {
  const admin = await transport.admin();
  return admin
    .partitionCounts([name])
    .then((counts) => counts.has(name))
    .finally(() => admin.close());
}

/** Waits until a group has committed all of the input. Returns how many records that is. */
async function untilCommitted(group) {
  const admin = await transport.admin();
  try {
    for (let said = false; ; said = true) {
      const ends = await admin.offsets(topic);
      const offsets = await admin.committed(group, topic);
      const left = ends.reduce((sum, { partition, high }) => sum + Number(high - (offsets.get(partition) ?? 0n)), 0);
      if (left === 0) return ends.reduce((sum, { high }) => sum + Number(high), 0);
      const note = group === groupId ? ', which wants a worker that runs' : '';
      if (!said) console.log(`group ${group} has ${left} records to go${note}`);
      await sleep(200);
    }
  } finally {
    await admin.close();
  }
}

/** What a reader of committed records finds, partition by partition. */
async function committedOf(output) {
  const admin = await transport.admin();
  const bounds = await admin.offsets(output).finally(() => admin.close());
  const reader = await transport.reader({ topics: [output], groupId: 'check' });
  const found = [];
  for (const { partition, low, high } of bounds) {
    for await (const batch of reader.read({ topic: output, partition, from: low, to: high })) {
      for (const { key, value, headers } of batch) {
        const all = [key, value, ...[...headers].flat()].map((part) => Buffer.from(part ?? '').toString('latin1'));
        found.push({ id: Buffer.from(headers.get('ce_id')).toString(), bytes: JSON.stringify([partition, ...all]) });
      }
    }
  }
  await reader.close();
  return found;
}
