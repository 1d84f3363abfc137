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

  it('names broken YAML by its place', () => {
    expect(faults('name: [a\nsource: b')[0]).toMatch(/^[12]:\d+ $/);
  });

  it('refuses parts that do not fit together', () => {
    expect(faults(GOOD.replace(/encoder:.*\n/, ''))).toEqual(['1:1 encoder']);
    expect(faults(GOOD.replace('embedding: {}', 'anomaly: {}'))).toEqual(['8:1 front']);
    expect(faults(GOOD.replace('logMel: {}', 'logMel: {}\n  scale: {}'))).toEqual(['8:1 front']);
    expect(faults(GOOD.replace('format: pcm', 'format: json'))).toContain('3:3 source.kafka.values');
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
