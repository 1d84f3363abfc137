import { malformed, quote } from './faults.ts';

/** Most keys of one object. The largest public models have about a hundred thousand tensors. */
const MAX_KEYS = 1_000_000;
const MAX_NUMBER_LENGTH = 32;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads JSON of a known form from left to right. Unlike `JSON.parse` it sees keys that come twice, takes `__proto__`
 * for a name like any other, and never nests deeper than its caller, so that no text can exhaust the stack.
 */
export class JsonCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Reads an object; `visit` gets each key and must read its value.
   * @throws WeightsError `WEIGHTS_MALFORMED` for a key that comes twice and for broken JSON, as all methods do.
   */
  members(what: string, visit: (key: string) => void): void {
    const seen = new Set<string>();
    this.#list(what, '{}', () => {
      const key = this.string(`a key of ${what}`);
      if (seen.has(key)) throw malformed(`Expected the keys of ${what} to be unique, got ${quote(key)} twice`);
      if (seen.size === MAX_KEYS) throw malformed(`Expected ${what} to have at most ${MAX_KEYS} keys, got more`);
      seen.add(key);
      this.#expect(':', `a colon after ${quote(key)}`);
      visit(key);
    });
  }

  /** Reads an array of at most `maxLength` integers from 0 to 2^53 − 1. */
  integers(what: string, maxLength: number): number[] {
    const values: number[] = [];
    this.#list(what, '[]', () => {
      if (values.length === maxLength)
        throw malformed(`Expected ${what} to have at most ${maxLength} numbers, got more`);
      values.push(this.#integer(`${what}[${values.length}]`));
    });
    return values;
  }

  string(what: string): string {
    const start = this.#expect('"', `${what} to be a string`);
    while (this.#text[this.#at] !== '"') {
      if (this.#at >= this.#text.length)
        throw malformed(`Expected ${what} to end with a quote, got the end of the text`);
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at++;
    const value = unquote(what, this.#text.slice(start, this.#at));
    if (LONE_SURROGATE.test(value)) throw malformed(`Expected ${what} to be well-formed Unicode, got ${quote(value)}`);
    return value;
  }

  /** Reads past a string, number, `true`, `false` or `null`. */
  skipScalar(what: string): void {
    if (this.#peek() === '"') {
      this.string(what);
      return;
    }
    const word = this.#word();
    try {
      JSON.parse(word);
    } catch (cause) {
      throw malformed(`Expected ${what} to be a string, a number, true, false or null, got ${this.#rest()}`, cause);
    }
  }

  /** Checks that only white space is left. */
  end(what: string): void {
    if (this.#peek() !== '') throw malformed(`Expected nothing after ${what}, got ${this.#rest()}`);
  }

  #integer(what: string): number {
    const start = this.#skipSpace();
    const word = this.#word();
    const value = Number(word);
    if (!/^(0|[1-9]\d*)$/.test(word) || !Number.isSafeInteger(value)) {
      this.#at = start;
      throw malformed(`Expected ${what} to be an integer in 0..${Number.MAX_SAFE_INTEGER}, got ${this.#rest()}`);
    }
    return value;
  }

  /** The next run of the characters of numbers and literals, cut where no valid one reaches. */
  #word(): string {
    const start = this.#skipSpace();
    while (this.#at - start < MAX_NUMBER_LENGTH && /[\w+.-]/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #list(what: string, brackets: '{}' | '[]', item: () => void): void {
    const [open, close] = brackets;
    this.#expect(open!, `${what} to start with ${open}`);
    if (this.#peek() !== close) {
      item();
      while (this.#peek() === ',') {
        this.#at++;
        item();
      }
    }
    this.#expect(close!, `${what} to go on with a comma or ${close}`);
  }

  /** Goes past one character and returns where it stood. */
  #expect(character: string, wanted: string): number {
    if (this.#peek() !== character) throw malformed(`Expected ${wanted}, got ${this.#rest()}`);
    return this.#at++;
  }

  #peek(): string {
    return this.#text.charAt(this.#skipSpace());
  }

  #skipSpace(): number {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return this.#at;
  }

  #rest(): string {
    const next = this.#text.slice(this.#at, this.#at + 24);
    return next === '' ? 'the end of the text' : `${quote(next)} at character ${this.#at}`;
  }
}

function unquote(what: string, quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch (cause) {
    throw malformed(`Expected ${what} to be a valid JSON string, got ${quote(quoted)}`, cause);
  }
}
