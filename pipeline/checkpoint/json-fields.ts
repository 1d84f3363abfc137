import type { KafkaRecord } from '../../connectors/index.ts';
import type { SnapshotError } from '../../core/index.ts';
import { recordFault } from './record-fault.ts';

/** Larger values are none of ours. */
const MAX_VALUE_BYTES = 4096;
const MAX_OFFSET = (1n << 63n) - 1n;
const OFFSET = /^(?:0|[1-9]\d{0,18})$/;

/** The fields of a record whose value is a JSON object, checked one by one. Each check throws a SnapshotError that names the record. */
export class JsonFields {
  readonly #record: KafkaRecord;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @param maxBytes of the value */
  constructor(record: KafkaRecord, maxBytes = MAX_VALUE_BYTES) {
    this.#record = record;
    const { value } = record;
    const length = value?.length ?? 0;
    if (length > maxBytes) throw this.fault(`a value of at most ${maxBytes} bytes`, length);
    const parsed = parsedJson(value);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw this.fault('the value to be a JSON object', parsed);
    }
    this.#fields = parsed as Readonly<Record<string, unknown>>;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.#own(name);
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
    throw this.fault(`\`${name}\` to be an integer in ${min}..${max}`, value);
  }

  uint32(name: string): number {
    return this.integer(name, 0, 2 ** 32 - 1);
  }

  /** Checks the record's `version`; one that says none is of version 1. */
  requireVersion(known: number): void {
    const version = this.#own('version') ?? 1;
    if (version !== known) throw this.fault(`\`version\` to be ${known}`, version, 'SNAPSHOT_VERSION');
  }

  /** An offset as decimal text. */
  offset(name: string): bigint {
    const value = this.#own(name);
    const offset = typeof value === 'string' && OFFSET.test(value) ? BigInt(value) : -1n;
    if (offset >= 0n && offset <= MAX_OFFSET) return offset;
    throw this.fault(`\`${name}\` to be an offset as text`, value);
  }

  /** Two offsets, the second behind the first. */
  span(first: string, behind: string): readonly [bigint, bigint] {
    const span = [this.offset(first), this.offset(behind)] as const;
    if (span[0] < span[1]) return span;
    throw this.fault(`\`${behind}\` to be above \`${first}\` (${span[0]})`, span[1]);
  }

  /** A time in ms; `null` stands for −∞. */
  timeMs(name: string): number {
    const value = this.#own(name);
    if (value === null) return Number.NEGATIVE_INFINITY;
    if (Number.isFinite(value)) return value as number;
    throw this.fault(`\`${name}\` to be a number or null`, value);
  }

  text(name: string, maxLength: number): string {
    const value = this.#own(name);
    if (typeof value === 'string' && value.length > 0 && value.length <= maxLength) return value;
    throw this.fault(`\`${name}\` to be a text of 1..${maxLength} characters`, value);
  }

  fault(
    expected: string,
    got: unknown,
    code: 'SNAPSHOT_CORRUPT' | 'SNAPSHOT_VERSION' = 'SNAPSHOT_CORRUPT',
  ): SnapshotError {
    return recordFault(this.#record, expected, { got, code });
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }
}

/** The text itself where it is no JSON. */
function parsedJson(value: Uint8Array | null): unknown {
  const text = new TextDecoder().decode(value ?? new Uint8Array(0));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
