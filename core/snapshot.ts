import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { crc32 } from './digest.ts';
import { SnapshotError } from './errors.ts';

const MAGIC = 0x3153574c; // "LWS1"
const HEADER_BYTES = 4 + 2 + 2 + 32 + 4;

/** What a snapshot says of itself. */
export interface SnapshotIdentity {
  /** Which kind of state, e.g. `longformer`; at most 255 ASCII characters. */
  readonly kind: string;
  /** Format version of that kind, 0..65535. */
  readonly version: number;
  /** Hex SHA-256 of the model and configuration that the state belongs to. */
  readonly modelHash: string;
  /** How the keys and values in it are stored; stands behind the kind, unless it is the default `float32`. */
  readonly cachePrecision?: string;
}

const PLAIN = 'float32';
const SEPARATOR = ' ';

/** What {@link SnapshotWriter.array} takes. */
export type SnapshotArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/**
 * Writes state as bytes: magic, version, kind, model hash, payload, CRC-32 of all before it. Little-endian.
 * Numbers go in by their bits, so a restored state continues bit for bit; a NaN, whose bits differ between processors, as the
 * one quiet NaN without a sign.
 */
export class SnapshotWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(identity: SnapshotIdentity) {
    this.#bytes = new Uint8Array(1024);
    this.#view = new DataView(this.#bytes.buffer);
    this.uint32(MAGIC);
    this.#uint16(identity.version);
    const { kind, cachePrecision = PLAIN } = identity;
    const text = cachePrecision === PLAIN ? kind : `${kind}${SEPARATOR}${cachePrecision}`;
    this.#uint16(text.length);
    this.#raw(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    this.#raw(hexToBytes(identity.modelHash));
  }

  uint32(value: number): void {
    this.#grow(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Also holds every integer up to 2^53. */
  float64(value: number): void {
    this.#grow(8);
    if (Number.isNaN(value)) this.#quietNan(this.#length, 8);
    else this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A typed array with its length before it. */
  array(values: SnapshotArray): void {
    this.uint32(values.length);
    const at = this.#length;
    this.#raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    if (!(values instanceof Float32Array || values instanceof Float64Array)) return;
    const { BYTES_PER_ELEMENT: size } = values;
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) this.#quietNan(at + i * size, size);
  }

  /** Ends the snapshot and returns its bytes. */
  finish(): Uint8Array {
    const crc = crc32(this.#bytes.subarray(0, this.#length));
    this.uint32(crc);
    return this.#bytes.slice(0, this.#length);
  }

  /** Writes the quiet NaN of a float32 or float64 over `size` bytes. */
  #quietNan(at: number, size: number): void {
    if (size === 4) {
      this.#view.setUint32(at, 0x7fc00000, true);
      return;
    }
    this.#view.setUint32(at, 0, true);
    this.#view.setUint32(at + 4, 0x7ff80000, true);
  }

  #uint16(value: number): void {
    this.#grow(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  #raw(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #grow(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/**
 * Reads what {@link SnapshotWriter} wrote. The constructor checks magic, checksum, kind, version and model
 * before anything is taken over, so that a refused snapshot leaves the caller's state untouched.
 * @throws SnapshotError
 */
export class SnapshotReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array, expected: SnapshotIdentity) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length - 4;
    if (bytes.length < HEADER_BYTES || this.uint32() !== MAGIC) {
      throw corrupt(
        `Expected a snapshot of at least ${HEADER_BYTES} bytes that starts with LWS1, got ${bytes.length} bytes`,
      );
    }
    if (this.#view.getUint32(this.#end, true) !== crc32(bytes.subarray(0, this.#end))) {
      throw corrupt('Expected the checksum of the snapshot to match its bytes, it does not');
    }
    const version = this.#uint16();
    const text = String.fromCharCode(...this.#raw(this.#uint16()));
    const [kind, cachePrecision = PLAIN] = text.split(SEPARATOR) as [string, string?];
    const modelHash = bytesToHex(this.#raw(32));
    if (kind !== expected.kind) {
      throw new SnapshotError('SNAPSHOT_MODEL_MISMATCH', `Expected a snapshot of kind ${expected.kind}, got ${kind}`);
    }
    const { cachePrecision: precision = PLAIN } = expected;
    if (cachePrecision !== precision) {
      throw new SnapshotError(
        'SNAPSHOT_MODEL_MISMATCH',
        `Expected a ${kind} snapshot with caches in ${precision}, got one with caches in ${cachePrecision}`,
      );
    }
    if (version !== expected.version) {
      throw new SnapshotError(
        'SNAPSHOT_VERSION',
        `Expected a ${kind} snapshot of version ${expected.version}, got version ${version}`,
      );
    }
    if (modelHash !== expected.modelHash) {
      throw new SnapshotError(
        'SNAPSHOT_MODEL_MISMATCH',
        `Expected a snapshot of model ${expected.modelHash.slice(0, 12)}, got one of model ${modelHash.slice(0, 12)}`,
      );
    }
  }

  uint32(): number {
    const value = this.#view.getUint32(this.#take(4), true);
    return value;
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  float32Array(length?: number): Float32Array {
    return new Float32Array(this.#block(4, length));
  }

  float64Array(length?: number): Float64Array {
    return new Float64Array(this.#block(8, length));
  }

  int32Array(length?: number): Int32Array {
    return new Int32Array(this.#block(4, length));
  }

  int16Array(length?: number): Int16Array {
    return new Int16Array(this.#block(2, length));
  }

  int8Array(length?: number): Int8Array {
    return new Int8Array(this.#block(1, length));
  }

  uint8Array(length?: number): Uint8Array {
    return new Uint8Array(this.#block(1, length));
  }

  /** Checks that nothing is left over. */
  finish(): void {
    if (this.#at !== this.#end)
      throw corrupt(`Expected the snapshot to end at byte ${this.#at}, it ends at byte ${this.#end}`);
  }

  #block(bytesPerElement: number, expected: number | undefined): ArrayBuffer {
    const length = this.uint32();
    if (expected !== undefined && length !== expected) {
      throw corrupt(`Expected an array of ${expected} numbers in the snapshot, got ${length}`);
    }
    // Not `slice()`: that of a Node `Buffer` shares its memory.
    return new Uint8Array(this.#raw(length * bytesPerElement)).buffer;
  }

  #uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  #raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#end)
      throw corrupt(`Expected ${length} more bytes at byte ${at} of the snapshot, it ends at byte ${this.#end}`);
    this.#at = at + length;
    return at;
  }
}

function corrupt(message: string): SnapshotError {
  return new SnapshotError('SNAPSHOT_CORRUPT', message);
}
