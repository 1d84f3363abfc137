import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../../../pipeline/config/parse.ts';
import { pipelineJsonSchema } from '../../../pipeline/config/schema.ts';

const GOOD = `name: hall
source:
  kafka:
    brokers: [localhost:9092]
    topic: audio
    groupId: hall
    format: pcm
front:
  logMel: {}
encoder: { hiddenSize: 64, numLayers: 2, numHeads: 4 }
head:
  embedding: {}
sink:
  kafka: { topic: embeddings }
`;

function faults(text: string): readonly string[] {
  const parsed = parsePipeline(text);
  return 'faults' in parsed ? parsed.faults.map((fault) => `${fault.line}:${fault.column} ${fault.path}`) : [];
}

describe('a pipeline file', () => {
  it('is read with its defaults filled in', () => {
    expect(parsePipeline(GOOD)).toMatchObject({
      config: {
        name: 'hall',
        workers: 1,
        restore: true,
        front: { logMel: { sampleRateHz: 16_000 } },
        encoder: { seed: 1 },
        sink: { kafka: { createTopics: true } },
      },
    });
  });

  it('has each fault at the line and column of the key that is wrong', () => {
    expect(faults(GOOD.replace('    topic: audio', '    topic: "a b"'))).toEqual(['5:5 source.kafka.topic']);
    expect(faults(GOOD.replace('localhost:9092', 'localhost'))).toEqual(['4:15 source.kafka.brokers.0']);
    expect([...faults(GOOD.replace('groupId: hall', 'groupID: hall'))].sort()).toEqual(
      ['3:3 source.kafka.groupId', '6:5 source.kafka.groupID'].sort(),
    );
    expect(faults(GOOD.replace('numHeads: 4', 'numHeads: 0'))).toEqual(['10:42 encoder.numHeads']);
  });

  it('has every fault at once', () => {
    expect(faults(GOOD.replace('format: pcm', 'format: mp3').replace('numLayers: 2', 'numLayers: -1'))).toEqual([
      '7:5 source.kafka.format',
      '10:28 encoder.numLayers',
    ]);
  });

  it.each([
    ['the scene head', 'embedding: {}', 'scene: {}', '`head` embedding'],
    ['a scaled front', 'logMel: {}', 'scale: {}', 'no `front.scale`'],
    ['reordered input', 'name: hall', 'input: { reorder: {} }\nname: hall', 'no `input.reorder`'],
    ['another cluster', 'topic: embeddings', 'topic: embeddings, brokers: ["b:1"]', 'exactly-once'],
  ])('restores no streams by replay beside %s', (_, from, to, reason) => {
    const replay = `${GOOD}checkpoint: { restore: replay }\n`;
    expect(faults(replay)).toEqual([]);
    const parsed = parsePipeline(replay.replace(from, to));
    expect('faults' in parsed && parsed.faults.map(({ path, message }) => [path, message])).toContainEqual([
      'checkpoint.restore',
      expect.stringContaining(reason),
    ]);
  });

  it('names broken YAML by its place', () => {
    expect(faults('name: [a\nsource: b')[0]).toMatch(/^[12]:\d+ $/);
  });

  it('refuses parts that do not fit together', () => {
    expect(faults(GOOD.replace(/encoder:.*\n/, ''))).toEqual(['1:1 encoder']);
    expect(faults(GOOD.replace('embedding: {}', 'anomaly: {}'))).toEqual(['8:1 front']);
    expect(faults(GOOD.replace('logMel: {}', 'logMel: {}\n  scale: {}'))).toEqual(['8:1 front']);
    expect(faults(GOOD.replace('format: pcm', 'format: json'))).toContain('3:3 source.kafka.values');
  });

  it('opens endpoints where they are asked for, and only with a group to be ready in', () => {
    const watched = `${GOOD}http: { port: 9464 }\n`;
    expect(parsePipeline(watched)).toMatchObject({ config: { http: { port: 9464, host: '127.0.0.1' } } });
    const at = watched.trimEnd().split('\n').length;
    expect(faults(watched.replace('9464', '70000'))).toEqual([`${at}:9 http.port`]);
    const file = 'name: f\nsource: { csv: { path: a.csv } }\nhead: { anomaly: {} }\nsink: { terminal: {} }\n';
    expect(faults(`${file}http: { port: 0 }\n`)).toEqual(['5:1 http']);
    expect(faults(file)).toEqual([]);
  });

  it('refuses an encoder whose fields do not fit together', () => {
    expect(faults(GOOD.replace('numHeads: 4', 'numHeads: 3'))).toEqual(['10:1 encoder']);
    expect(faults(GOOD.replace('numHeads: 4', 'numHeads: 4, window: [4, 5, 6]'))).toEqual(['10:1 encoder']);
  });

  it('takes a stored model alone, and then needs no front', () => {
    const stored = GOOD.replace(/encoder:.*\n/, 'encoder: { model: ./models/hall }\n').replace(
      'front:\n  logMel: {}\n',
      '',
    );
    expect(parsePipeline(stored)).toMatchObject({ config: { encoder: { model: './models/hall' } } });
    expect(faults(stored.replace('hall }', 'hall, window: 4, positionPolicy: recycle }'))).toEqual([]);
    expect(faults(stored.replace('hall }', 'hall, hiddenSize: 4 }'))).toEqual(['8:34 encoder.hiddenSize']);
    expect(faults(stored.replace('hall }', 'hall, window: 0 }'))).toEqual(['8:34 encoder.window']);
    expect(faults(stored.replace('./models/hall', '7'))).toEqual(['8:12 encoder.model']);
  });

  it.each([
    ['lookAhead: 3, dilation: 2, sinks: 4', []],
    ['lookAhead: [3, 0], dilation: [2, [1, 2, 3, 4]], activation: gelu-tanh, position: none, norm: post', []],
    ['activation: silu', []],
    ['activation: tanh', ['10:55 encoder.activation']],
    ['lookAhead: -1', ['10:55 encoder.lookAhead']],
    ['lookAhead: [1, -1]', ['10:70 encoder.lookAhead.1']],
    ['dilation: [1, [1, 2, 0, 4]]', ['10:76 encoder.dilation.1.2']],
    ['sinks: 1.5', ['10:55 encoder.sinks']],
    ['position: learned', ['10:55 encoder.position']],
    ['dilation: [1, [1, 2]]', ['10:1 encoder']],
    ['lookAhead: [1, 2, 3]', ['10:1 encoder']],
  ])('has the fields of look-ahead in their ranges: %s', (fields, expected) => {
    expect(faults(GOOD.replace('numHeads: 4', `numHeads: 4, ${fields}`))).toEqual(expected);
  });

  const reformer = (fields: string): string => GOOD.replace(/encoder:.*/, `encoder: { ${fields} }`);

  it('takes a Reformer by its list of layers', () => {
    const fields =
      'layers: [window, lsh, local], hiddenSize: 8, numHeads: 2, headDim: 3, ffnSize: 9, seed: 4, lsh: { numBuckets: [2, 4], rule: prefix-exact, horizon: 9 }, local: { chunkLength: 4 }, window: { window: 5, lookAhead: 1, dilation: [1, 2] }';
    expect(parsePipeline(reformer(fields))).toMatchObject({
      config: { encoder: { layers: ['window', 'lsh', 'local'], seed: 4, lsh: { numBuckets: [2, 4], horizon: 9 } } },
    });
    expect(parsePipeline(reformer('layers: [local], hiddenSize: 8, numHeads: 2'))).toMatchObject({
      config: { encoder: { layers: ['local'], seed: 1 } },
    });
  });

  it.each([
    ['layers: [lsh, full], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: 4 }', ['10:26 encoder.layers.1']],
    ['layers: [], hiddenSize: 8, numHeads: 2', ['10:12 encoder.layers']],
    [
      'layers: [lsh], hidenSize: 8, numHeads: 0',
      ['10:1 encoder.hiddenSize', '10:27 encoder.hidenSize', '10:41 encoder.numHeads'],
    ],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2, numLayers: 1, lsh: { numBuckets: 4 }', ['10:55 encoder.numLayers']],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: 5 }', ['10:62 encoder.lsh.numBuckets']],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: [2, 3] }', ['10:78 encoder.lsh.numBuckets.1']],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: 4, rule: offline }', ['10:77 encoder.lsh.rule']],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: 4, bins: 1 }', ['10:77 encoder.lsh.bins']],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2', ['10:1 encoder']],
    ['layers: [lsh], hiddenSize: 9, numHeads: 2, lsh: { numBuckets: 4 }', ['10:1 encoder']],
    ['layers: [lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: [512, 512] }', ['10:1 encoder']],
    ['layers: [local], hiddenSize: 8, numHeads: 2, local: { chunksAfter: 1 }', ['10:66 encoder.local.chunksAfter']],
  ])('has the faults of a Reformer at their places: %s', (fields, expected) => {
    expect([...faults(reformer(fields))].sort()).toEqual(expected);
  });

  it('says why a pipeline has no rule that waits for the end', () => {
    const parsed = parsePipeline(
      reformer('layers: [lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: 4, rule: offline }'),
    );
    expect('faults' in parsed && parsed.faults[0]?.message).toBe(
      'Expected bucket-recency or prefix-exact, because other rules give nothing before the stream ends',
    );
  });

  it('takes changes to the LSH layers of a stored model', () => {
    expect(faults(reformer('model: m, lsh: { rule: bucket-recency, horizon: 64, numHashes: 1 }'))).toEqual([]);
    expect(faults(reformer('model: m, lsh: { rule: offline }'))).toEqual(['10:29 encoder.lsh.rule']);
    expect(faults(reformer('model: m, lsh: { chunkLength: 4 }'))).toEqual(['10:29 encoder.lsh.chunkLength']);
  });

  it.each(['auto', 'wasm', 'reference'])('takes the engine %s for an encoder of any kind', (engine) => {
    for (const fields of [
      'hiddenSize: 64, numLayers: 2, numHeads: 4',
      'hiddenSize: 64, numHeads: 4, layers: [local], local: { chunkLength: 4 }',
      'model: m.safetensors',
    ]) {
      const text = GOOD.replace(/encoder: .*/, `encoder: { ${fields}, engine: ${engine} }`);
      expect(parsePipeline(text)).toMatchObject({ config: { encoder: { engine } } });
    }
    const wrong = GOOD.replace('numHeads: 4', 'numHeads: 4, engine: gpu');
    expect(faults(wrong)).toEqual([expect.stringContaining('encoder.engine')]);
  });

  it.each(['float32', 'int16', 'int8'])('takes caches in %s for an encoder of any kind', (cachePrecision) => {
    for (const fields of [
      'hiddenSize: 64, numLayers: 2, numHeads: 4',
      'hiddenSize: 64, numHeads: 4, layers: [local], local: { chunkLength: 4 }',
      'model: m.safetensors',
    ]) {
      const text = GOOD.replace(/encoder: .*/, `encoder: { ${fields}, cachePrecision: ${cachePrecision} }`);
      expect(parsePipeline(text)).toMatchObject({ config: { encoder: { cachePrecision } } });
    }
    const wrong = GOOD.replace('numHeads: 4', 'numHeads: 4, cachePrecision: int4');
    expect(faults(wrong)).toEqual([expect.stringContaining('encoder.cachePrecision')]);
  });

  it('says of a field that may be one number or several what is wrong with it', () => {
    const parsed = parsePipeline(GOOD.replace('numHeads: 4', 'numHeads: 4, window: 0'));
    expect('faults' in parsed && parsed.faults[0]?.message).toBe('Too small: expected number to be >=1');
  });

  it('refuses look-ahead where each row is judged when it comes', () => {
    const anomaly = GOOD.replace('embedding: {}', 'anomaly: { useEncoder: true }').replace(
      'front:\n  logMel: {}\n',
      '',
    );
    expect(faults(anomaly)).toEqual([]);
    expect(faults(anomaly.replace('numHeads: 4', 'numHeads: 4, lookAhead: [0, 1]'))).toEqual(['8:1 encoder']);
    const window = 'encoder: { layers: [window], hiddenSize: 8, numHeads: 2 }';
    expect(faults(anomaly.replace(/encoder:.*/, window))).toEqual([]);
    expect(faults(anomaly.replace(/encoder:.*/, window.replace('2 }', '2, window: { lookAhead: 1 } }')))).toEqual([
      '8:1 encoder',
    ]);
  });

  it('takes an order of the input where that is a topic, and lets nothing wait in vain', () => {
    const ofTopic = (input: string): string => `${GOOD}${input}\n`;
    expect(faults(ofTopic('input: { reorder: {}, late: topic, duplicates: dead-letter }'))).toEqual([]);
    expect(faults(ofTopic('input: { gaps: dead-letter }'))).toEqual([]);
    expect(faults(ofTopic('input: { gaps: dead-letter, reorder: {} }'))[0]).toMatch(/input\.gaps$/);
    const ofFile = ofTopic('input: {}').replace(/ {2}kafka:\n(?: {4}.*\n)+/, '  wav: { path: a.wav }\n');
    expect(faults(ofFile.replace('topic: embeddings', 'topic: t, brokers: ["a:1"]'))).toEqual(['11:1 input']);
  });

  it('refuses a topic in two places where the pipeline would feed itself or lose its state', () => {
    const withTopics = (dead: string, checkpoint: string): string =>
      `${GOOD.replace('topic: embeddings', `topic: embeddings, deadLetterTopic: ${dead}`)}checkpoint: { ${checkpoint} }\n`;
    expect(faults(withTopics('audio', 'stateTopic: embeddings'))).toEqual([
      '14:31 sink.kafka.deadLetterTopic',
      '15:15 checkpoint.stateTopic',
    ]);
    expect(faults(withTopics('x', 'stateTopic: x'))).toEqual(['15:15 checkpoint.stateTopic']);
    expect(faults(withTopics('hall.state', 'idleMs: 0'))).toEqual(['15:1 checkpoint.stateTopic']);
    expect(faults(withTopics('embeddings', 'stateTopic: s, snapshotTopic: t'))).toEqual([]);
    expect(faults(GOOD.replace('topic: embeddings', 'topic: audio'))).toEqual(['14:12 sink.kafka.topic']);
    const elsewhere = GOOD.replace('topic: embeddings', 'topic: audio, brokers: ["b:9092"]');
    expect(faults(elsewhere)).toEqual([]);
  });

  it('is never a crash, whatever the text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => 'faults' in parsePipeline(text)));
    fc.assert(
      fc.property(fc.nat(GOOD.length), fc.string({ minLength: 1, maxLength: 3 }), (at, insert) => {
        parsePipeline(GOOD.slice(0, at) + insert + GOOD.slice(at));
      }),
      { numRuns: 500 },
    );
    expect(
      faults(
        `a: &a [${'x,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]`,
      ),
    ).not.toEqual([]);
  });

  it('has a JSON Schema for editors', () => {
    expect(pipelineJsonSchema()).toMatchObject({ type: 'object', required: ['name', 'source', 'head', 'sink'] });
  });
});
