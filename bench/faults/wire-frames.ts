import { ConnectorError } from '../../core/index.ts';

/** A request or answer is at most this long, length prefix aside. */
const MAX_FRAME_BYTES = 128 * 2 ** 20;

/** Keys of the requests that the proxy looks into (Kafka protocol, request headers up to version 1). */
export const API = { produce: 0, metadata: 3, findCoordinator: 10, endTxn: 26 } as const;

const COORDINATOR_NOT_AVAILABLE = 15;

/** What a request says of itself. */
export interface RequestHead {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Of Produce from version 3 on, and of EndTxn. */
  readonly transactionalId: string | undefined;
}

/** Cuts a byte stream into frames: a length of 4 bytes, and so many bytes. The length stays with its frame. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws ConnectorError for a frame that no Kafka broker or client sends */
  push(bytes: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32BE(0);
      if (length < 4 || length > MAX_FRAME_BYTES) {
        throw new ConnectorError('CONNECTOR_FAILED', `Expected a frame of 4..${MAX_FRAME_BYTES} bytes, got ${length}`);
      }
      if (this.#rest.length < 4 + length) break;
      frames.push(this.#rest.subarray(0, 4 + length));
      this.#rest = this.#rest.subarray(4 + length);
    }
    return frames;
  }
}

/** Reads the head of a request frame. */
export function readRequestHead(frame: Buffer): RequestHead {
  const [apiKey, apiVersion, correlationId] = [frame.readInt16BE(4), frame.readInt16BE(6), frame.readInt32BE(8)];
  const clientId = readText(frame, 12);
  const names = apiKey === API.endTxn || (apiKey === API.produce && apiVersion >= 3);
  const transactionalId = names ? readText(frame, clientId.end).text : undefined;
  return { apiKey, apiVersion, correlationId, transactionalId };
}

/** The correlation id of an answer: of the request that it answers. */
export function correlationOf(answer: Buffer): number {
  return answer.readInt32BE(4);
}

/** The error code of an answer to EndTxn, versions 0 to 2. */
export function endTxnError(answer: Buffer): number {
  return answer.readInt16BE(12);
}

/** Where the ports of brokers stand in an answer: those of Metadata up to version 8 and FindCoordinator up to version 2. */
export function portPlaces(answer: Buffer, { apiKey, apiVersion }: RequestHead): number[] {
  if (apiKey === API.findCoordinator) {
    const code = coordinatorErrorPlace(apiVersion);
    const host = (apiVersion >= 1 ? readText(answer, code + 2).end : code + 2) + 4;
    return answer.readInt16BE(code) === 0 ? [readText(answer, host).end] : [];
  }
  if (apiKey !== API.metadata) return [];
  const places: number[] = [];
  let at = apiVersion >= 3 ? 12 : 8;
  const count = answer.readInt32BE(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    const port = readText(answer, at + 4).end;
    places.push(port);
    at = apiVersion >= 1 ? readText(answer, port + 4).end : port + 4;
  }
  return places;
}

/** Makes an answer to FindCoordinator say COORDINATOR_NOT_AVAILABLE. */
export function hideCoordinator(answer: Buffer, { apiVersion }: RequestHead): void {
  answer.writeInt16BE(COORDINATOR_NOT_AVAILABLE, coordinatorErrorPlace(apiVersion));
}

function coordinatorErrorPlace(apiVersion: number): number {
  return apiVersion >= 1 ? 12 : 8;
}

function readText(frame: Buffer, at: number): { readonly text: string | undefined; readonly end: number } {
  const length = frame.readInt16BE(at);
  const end = at + 2 + Math.max(0, length);
  return { text: length < 0 ? undefined : frame.toString('utf8', at + 2, end), end };
}
