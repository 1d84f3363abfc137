import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anomalyToJson, embeddingToJson } from '../../../connectors/index.ts';
import type { Anomaly, Embedding } from '../../../core/index.ts';

const anomaly: Anomaly = {
  isAnomaly: false,
  threshold: 0.5,
  score: 0.25,
  expected: 6.5,
  value: 6.456,
  time: '2014-02-14 14:30:00',
  row: 3,
  streamId: 'cpu',
};

function embeddingOf(values: Iterable<number>): Embedding {
  return { streamId: 'mic', token: 7, startSample: 1120, time: null, embedding: Float32Array.from(values) };
}

describe('anomalyToJson', () => {
  it('writes the fields in their fixed order', () => {
    expect(anomalyToJson(anomaly)).toBe(
      '{"row":3,"time":"2014-02-14 14:30:00","value":6.456,"expected":6.5,"score":0.25,"threshold":0.5,"isAnomaly":false}',
    );
  });

  it('writes the stream first when asked for', () => {
    expect(anomalyToJson(anomaly, { streamId: 'include' })).toMatch(/^\{"streamId":"cpu","row":3,/);
  });

  it('writes objects by column for several values, and null for what is not known', () => {
    const line = anomalyToJson({
      ...anomaly,
      time: null,
      value: { 'a"': 1, b: -0 },
      expected: { 'a"': Number.NaN, b: 2 },
    });
    expect(line).toContain('"time":null,"value":{"a\\"":1,"b":-0},"expected":{"a\\"":null,"b":2}');
    expect(anomalyToJson({ ...anomaly, expected: null })).toContain('"expected":null');
  });

  it('stays one line of JSON whatever a name holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (streamId, time) => {
        const line = anomalyToJson({ ...anomaly, streamId, time, value: { [`c${time}`]: 1 } }, { streamId: 'include' });
        expect(line).not.toMatch(/[\n\r]/);
        expect(JSON.parse(line)).toMatchObject({ streamId, time, value: { [`c${time}`]: 1 } });
      }),
    );
  });
});

describe('embeddingToJson', () => {
  it('writes each float32 as the double that it is', () => {
    expect(embeddingToJson(embeddingOf([0.1, -0, 1, 1e-45]))).toBe(
      '{"token":7,"startSample":1120,"time":null,"embedding":[0.10000000149011612,-0,1,1.401298464324817e-45]}',
    );
  });

  it('survives a round trip through JSON with every bit', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), (values) => {
        const read = JSON.parse(embeddingToJson(embeddingOf(values))) as { readonly embedding: number[] };
        const bits = (array: Float32Array): number[] => Array.from(new Uint32Array(array.slice().buffer));
        expect(bits(Float32Array.from(read.embedding))).toEqual(bits(values));
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d and names its place', (value) => {
    expect(() => embeddingToJson(embeddingOf([0, value]))).toThrow(/embedding\[1\] of token 7/);
  });
});
