/** The time of each of some consecutive samples as the source wrote it. */
export interface TimeTextRun {
  readonly startSample: number;
  readonly texts: readonly string[];
}

/** Time texts of samples whose tokens are still owed: no more than the front and the encoder hold back. */
export class TimeTexts {
  #runs: TimeTextRun[];
  /** Texts before it have been asked for. */
  #from = 0;

  constructor(runs: readonly TimeTextRun[] = []) {
    this.#runs = [...runs];
  }

  /** Those that may still be asked for. */
  get runs(): readonly TimeTextRun[] {
    return this.#runs.flatMap(({ startSample, texts }) => {
      const done = Math.max(0, this.#from - startSample);
      return done < texts.length ? [{ startSample: startSample + done, texts: texts.slice(done) }] : [];
    });
  }

  /** Runs come in the order of their samples. */
  add(run: TimeTextRun): void {
    this.#runs.push(run);
  }

  /** The text of a sample. Tokens come in order, so texts before the sample asked for are done with. */
  at(sample: number): string | undefined {
    this.#from = sample + 1;
    let run = this.#runs[0];
    while (run !== undefined && sample >= run.startSample + run.texts.length) {
      this.#runs.shift();
      run = this.#runs[0];
    }
    return run?.texts[sample - run.startSample];
  }

  clear(): void {
    this.#runs = [];
    this.#from = 0;
  }
}
