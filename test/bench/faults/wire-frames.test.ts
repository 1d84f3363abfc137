import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  API,
  correlationOf,
  endTxnError,
  FrameSplitter,
  portPlaces,
  readRequestHead,
} from '../../../bench/faults/wire-frames.ts';

// The client's own encoder and decoder are the source of what stands on the wire.
const load = createRequire(import.meta.url);
const encode = load('kafkajs/src/protocol/request.js') as (parts: object) => Promise<{ buffer: Buffer }>;
const requests = (name: string): unknown => load(`kafkajs/src/protocol/requests/${name}`);
const Encoder = load('kafkajs/src/protocol/encoder.js') as new () => Record<string, (value: unknown) => never> & {
  buffer: Buffer;
};

async function requestOf(name: string, fields: object): Promise<Buffer> {
  const request = (requests(name) as (fields: object) => object)(fields);
  return Buffer.from((await encode({ correlationId: 77, clientId: 'faults', request })).buffer);
}

function framed(body: Buffer): Buffer {
  const frame = Buffer.alloc(8 + body.length);
  frame.writeInt32BE(4 + body.length, 0);
  frame.writeInt32BE(77, 4);
  body.copy(frame, 8);
  return frame;
}

describe('FrameSplitter', () => {
  it('gives the same frames however the bytes are cut', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 4, maxLength: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (bodies, cuts) => {
        const whole = bodies.map((body) => {
          const length = Buffer.alloc(4);
          length.writeInt32BE(body.length);
          return Buffer.concat([length, body]);
        });
        const bytes = Buffer.concat(whole);
        const splitter = new FrameSplitter();
        const got: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = Math.min(bytes.length, at + cuts[i % cuts.length]!);
          got.push(...splitter.push(bytes.subarray(at, end)));
          at = end;
        }
        expect(got.map((frame) => frame.toString('hex'))).toEqual(whole.map((frame) => frame.toString('hex')));
      }),
    );
  });

  it.each([-1, 3, 2 ** 28])('refuses a frame of %i bytes', (length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    expect(() => new FrameSplitter().push(bytes)).toThrowError(`got ${length}`);
  });
});

describe('readRequestHead', () => {
  it('names the transaction that a request is to end', async () => {
    const fields = { transactionalId: 'p.g.t.0', producerId: 1, producerEpoch: 2, transactionResult: true };
    expect(readRequestHead(await requestOf('endTxn/v1/request.js', fields))).toEqual({
      ...{ apiKey: API.endTxn, apiVersion: 1, correlationId: 77, transactionalId: 'p.g.t.0' },
    });
  });

  it('names the transaction that records belong to, and none where they belong to none', async () => {
    const fields = { acks: -1, timeout: 1, topicData: [] };
    const head = { apiKey: API.produce, apiVersion: 7, correlationId: 77 };
    const [own, none] = [{ transactionalId: 'id' }, { transactionalId: null }];
    const request = (of: object): Promise<Buffer> => requestOf('produce/v7/request.js', { ...fields, ...of });
    expect(readRequestHead(await request(own))).toEqual({ ...head, transactionalId: 'id' });
    expect(readRequestHead(await request(none))).toEqual({ ...head, transactionalId: undefined });
  });
});

describe('portPlaces', () => {
  const head = { correlationId: 77, transactionalId: undefined };

  it.each([5, 6])('finds the port of each broker in an answer to Metadata, version %i', async (apiVersion) => {
    const body = new Encoder();
    body.writeInt32!(0);
    body.writeInt32!(2);
    for (const [node, host, port, rack] of [
      [1, '127.0.0.1', 9001, null],
      [2, 'localhost', 9002, 'rack-a'],
    ]) {
      body.writeInt32!(node);
      body.writeString!(host);
      body.writeInt32!(port);
      body.writeString!(rack);
    }
    body.writeString!('cluster');
    body.writeInt32!(1);
    body.writeInt32!(0);
    const frame = framed(body.buffer);
    expect(correlationOf(frame)).toBe(77);
    const places = portPlaces(frame, { ...head, apiKey: API.metadata, apiVersion });
    expect(places.map((place) => frame.readInt32BE(place))).toEqual([9001, 9002]);
    for (const place of places) frame.writeInt32BE(frame.readInt32BE(place) + 100, place);
    const { decode } = requests(`metadata/v${apiVersion}/response.js`) as {
      decode(body: Buffer): Promise<{ brokers: { port: number }[] }>;
    };
    expect((await decode(frame.subarray(8))).brokers.map(({ port }) => port)).toEqual([9101, 9102]);
  });

  it('finds the port of a coordinator, and none in a refusal', () => {
    const answer = (code: number, message: string | null): Buffer => {
      const body = new Encoder();
      body.writeInt32!(0);
      body.writeInt16!(code);
      body.writeString!(message);
      body.writeInt32!(1);
      body.writeString!('127.0.0.1');
      body.writeInt32!(9001);
      return framed(body.buffer);
    };
    const asked = { ...head, apiKey: API.findCoordinator, apiVersion: 2 };
    const found = answer(0, 'NONE');
    expect(portPlaces(found, asked).map((place) => found.readInt32BE(place))).toEqual([9001]);
    expect(portPlaces(answer(15, null), asked)).toEqual([]);
  });

  it('finds none in other answers', () => {
    expect(portPlaces(framed(Buffer.alloc(40)), { ...head, apiKey: API.produce, apiVersion: 7 })).toEqual([]);
  });
});

describe('endTxnError', () => {
  it('reads the code behind the throttle time', () => {
    const body = new Encoder();
    body.writeInt32!(5);
    body.writeInt16!(47);
    expect(endTxnError(framed(body.buffer))).toBe(47);
  });
});
