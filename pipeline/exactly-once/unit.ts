import type { OutgoingRecord } from '../../connectors/index.ts';
import type { Finding } from '../streams/finding.ts';
import type { Step, StreamFinding } from './step.ts';

/** A finding and the record that completed it. */
export interface CausedFinding extends StreamFinding {
  readonly cause: Step['cause'];
}

/** What a stretch of a partition came to; all of it is written, or nothing. */
export interface Unit {
  /** Input records that it stands for. */
  readonly records: number;
  /** The next record to read. */
  readonly offset: bigint;
  readonly findings: readonly CausedFinding[];
  readonly deadLetters: readonly OutgoingRecord[];
  readonly samples: number;
  /** Records that were dropped, because all their samples had come before. */
  readonly duplicates: number;
}

/** Gathers a {@link Unit}. */
export class UnitBuilder {
  #findings: CausedFinding[] = [];
  #deadLetters: OutgoingRecord[] = [];
  #records = 0;
  #samples = 0;
  #duplicates = 0;
  #bytes = 0;
  #offset: bigint | undefined;

  /** Bytes that are held, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#offset === undefined;
  }

  add(steps: readonly Step[]): void {
    for (const { cause, findings, deadLetters, samples, duplicates } of steps) {
      for (const finding of findings) {
        this.#findings.push({ ...finding, cause });
        this.#bytes += findingBytes(finding.finding);
      }
      for (const deadLetter of deadLetters) {
        this.#deadLetters.push(deadLetter);
        this.#bytes += 256 + (deadLetter.value?.length ?? 0);
      }
      this.#records += 1;
      this.#samples += samples;
      this.#duplicates += duplicates;
      this.#offset = cause.offset + 1n;
    }
  }

  /** What was gathered; `offset` where nothing was. The next one begins empty. */
  take(offset: bigint): Unit {
    const unit = {
      records: this.#records,
      offset: this.#offset ?? offset,
      findings: this.#findings,
      deadLetters: this.#deadLetters,
      samples: this.#samples,
      duplicates: this.#duplicates,
    };
    this.#findings = [];
    this.#deadLetters = [];
    this.#records = 0;
    this.#samples = 0;
    this.#duplicates = 0;
    this.#bytes = 0;
    this.#offset = undefined;
    return unit;
  }
}

/** As JSON: a number takes about 20 bytes, an entry of headers and names 300. */
function findingBytes(finding: Finding): number {
  return 300 + (finding.kind === 'embedding' ? 20 * finding.value.embedding.length : 0);
}
