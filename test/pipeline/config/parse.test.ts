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
