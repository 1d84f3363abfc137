import { type CsvError, type Parser, parse } from 'csv-parse';
import { InputError, LongwaveError } from '../../core/index.ts';

/** Longest record that is read, in bytes. */
export const MAX_RECORD_BYTES = 262144;
/** Bytes given to the parser at a time, so that the rows of one step stay few. */
const SLICE_BYTES = 65536;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BOM = [0xef, 0xbb, 0xbf] as const;

/**
 * Parses CSV bytes into records, all records of one read at a time: nothing waits for the next read, so a live
 * pipe gives each row as its newline arrives. UTF-8 with or without byte order mark; LF, CRLF or CR; fields
 * quoted as in RFC 4180; empty lines are passed over.
 *
 * Memory: the records of 64 KiB of text. Records before a fault are delivered before it is thrown.
 * @throws InputError `CSV_MALFORMED` for broken quoting and for a record of more than 256 KiB, with the row.
 */
export async function* csvRecords(
  pieces: AsyncIterable<Uint8Array>,
  source: string,
  signal?: AbortSignal,
): AsyncGenerator<string[][], void, undefined> {
  const feeder = new RecordFeeder(source);
  for await (const piece of pieces) {
    for (let from = 0; from < piece.length; from += SLICE_BYTES) {
      yield* feeder.step(piece.subarray(from, from + SLICE_BYTES));
    }
  }
  // Where the caller stopped the reading, the last row may be cut off inside a number.
  if (signal?.aborted !== true) yield* feeder.end();
}

/**
 * Drives one csv-parse parser. Rows are taken through `on_record`, because the parser's own readable side is
 * thrown away together with its rows when a later byte of the same write is at fault.
 */
class RecordFeeder {
  readonly #source: string;
  readonly #parser: Parser;
  #records: string[][] = [];
  /** Records seen, the header included. */
  #count = 0;
  #bomMatched = 0;
  #quoted = false;
  #recordBytes = 0;

  constructor(source: string) {
    this.#source = source;
    this.#parser = parse({
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_RECORD_BYTES,
      on_record: (record: string[]) => {
        this.#records.push(record);
        this.#count++;
        return null;
      },
    });
    // Faults are taken from the write callback; without a listener the stream would throw them once more.
    this.#parser.on('error', () => undefined);
  }

  async *step(slice: Uint8Array): AsyncGenerator<string[][], void, undefined> {
    const text = this.#withoutBom(slice);
    if (text.length === 0) return;
    const end = this.#measure(text);
    if (end > 0) yield* this.#deliver((done) => this.#parser.write(padded(text.subarray(0, end)), done));
    if (end < text.length) yield* this.#deliver((done) => this.#parser.write(text.subarray(end), done));
    if (this.#recordBytes > MAX_RECORD_BYTES) {
      throw this.#fault(`Expected a row of at most ${MAX_RECORD_BYTES} bytes, got a longer one`);
    }
  }

  async *end(): AsyncGenerator<string[][], void, undefined> {
    yield* this.#deliver((done) => this.#parser.end(done));
  }

  async *#deliver(act: (done: (error?: Error | null) => void) => void): AsyncGenerator<string[][], void, undefined> {
    const error = await new Promise<Error | null | undefined>((resolve) => act(resolve));
    const records = this.#records;
    this.#records = [];
    if (records.length > 0) yield records;
    if (error !== null && error !== undefined) throw this.#parserFault(error);
  }

  /**
   * Finds where the last record of `text` ends (0 where none does) and counts the bytes of the record that is
   * open behind it. Line breaks inside quotes end nothing.
   */
  #measure(text: Uint8Array): number {
    let end = 0;
    let quoted = this.#quoted;
    let bytes = this.#recordBytes;
    for (let i = 0; i < text.length; i++) {
      const byte = text[i]!;
      bytes++;
      if (byte === QUOTE) quoted = !quoted;
      else if ((byte === NEWLINE || byte === CARRIAGE_RETURN) && !quoted) {
        bytes = 0;
        end = i + 1;
      }
    }
    this.#quoted = quoted;
    this.#recordBytes = bytes;
    return end;
  }

  /** Passes over a byte order mark even where it arrives in parts; bytes that only begin like one are kept. */
  #withoutBom(slice: Uint8Array): Uint8Array {
    let at = 0;
    while (this.#bomMatched < BOM.length && at < slice.length) {
      if (slice[at] !== BOM[this.#bomMatched]) {
        const begun = BOM.slice(0, this.#bomMatched);
        this.#bomMatched = BOM.length;
        return begun.length === 0 ? slice : Buffer.concat([Uint8Array.from(begun), slice.subarray(at)]);
      }
      this.#bomMatched++;
      at++;
    }
    return slice.subarray(at);
  }

  #parserFault(error: Error): LongwaveError {
    if (error instanceof LongwaveError) return error;
    const code = (error as CsvError).code;
    if (code === 'CSV_MAX_RECORD_SIZE') {
      return this.#fault(`Expected a row of at most ${MAX_RECORD_BYTES} bytes, got a longer one`, error);
    }
    const reason = error.message.replace(/,? at line \d+.*$/s, '');
    return this.#fault(`Expected fields quoted as in RFC 4180, got: ${reason}`, error);
  }

  #fault(message: string, cause?: Error): InputError {
    const place = this.#count === 0 ? { source: this.#source } : { source: this.#source, row: this.#count - 1 };
    return new InputError('CSV_MALFORMED', message, place, { cause });
  }
}

/**
 * The parser holds back the last bytes of a write, since a longer delimiter could begin there. Empty lines
 * after a record, which are passed over, let it see that the record is complete.
 */
function padded(records: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(records.length + 3).fill(NEWLINE);
  bytes.set(records);
  return bytes;
}
