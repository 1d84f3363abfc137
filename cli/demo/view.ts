import { chartLines, progressLine, type TerminalStyle, terminalStyle } from '../../connectors/index.ts';
import type { Finding, StreamSummary } from '../../pipeline/index.ts';
import { EpisodeFilter } from './episode-filter.ts';

/** Figures of one stream at its end. */
export type DemoSummary = StreamSummary & { readonly elapsedMs: number };

/** Where the demonstration is shown: a terminal for people, NDJSON for pipes. */
export interface DemoView {
  begin(title: string, about: string): void;
  progress(samples: number, total: number | undefined, tokens: number): void;
  findings(found: readonly Finding[]): void;
  end(summary: DemoSummary): void;
  close(): Promise<void>;
}

/** The view that fits standard output. */
export function openView(): DemoView {
  return process.stdout.isTTY ? new TerminalView() : new LineView();
}

/** One JSON object per event. */
class LineView implements DemoView {
  #stream = '';
  #episodes = new EpisodeFilter();
  #nextProgress = 0;

  begin(title: string, about: string): void {
    this.#stream = title;
    this.#episodes = new EpisodeFilter();
    this.#nextProgress = 0;
    this.#line({ event: 'begin', about });
  }

  progress(samples: number, total: number | undefined, tokens: number): void {
    if (total === undefined || samples / total < this.#nextProgress) return;
    this.#nextProgress += 0.1;
    this.#line({ event: 'progress', fraction: Number((samples / total).toFixed(3)), samples, tokens });
  }

  findings(found: readonly Finding[]): void {
    for (const finding of this.#episodes.starts(found)) {
      const { streamId: _, ...value } = finding.value;
      this.#line({ event: 'finding', kind: finding.kind, ...value });
    }
  }

  end(summary: DemoSummary): void {
    this.#line({ event: 'summary', ...figures(summary), findings: this.#episodes.count });
  }

  async close(): Promise<void> {}

  #line(fields: Readonly<Record<string, unknown>>): void {
    process.stdout.write(`${JSON.stringify({ stream: this.#stream, ...fields })}\n`);
  }
}

/** A progress bar, findings above it, and a small chart of value and score at the end. */
class TerminalView implements DemoView {
  readonly #style: TerminalStyle = terminalStyle(process.stdout);
  #title = '';
  #episodes = new EpisodeFilter();
  #values: number[] = [];
  #scores: number[] = [];

  begin(title: string, about: string): void {
    this.#title = title;
    this.#episodes = new EpisodeFilter();
    this.#values = [];
    this.#scores = [];
    process.stdout.write(`\n${title}: ${about}\n`);
  }

  progress(samples: number, total: number | undefined, tokens: number): void {
    const fraction = total === undefined ? undefined : samples / total;
    const line = progressLine({ label: this.#title, fraction, detail: `${tokens} tokens` }, this.#style.width - 1);
    process.stdout.write(`\r\u001b[K${line}`);
  }

  findings(found: readonly Finding[]): void {
    for (const finding of found) {
      if (finding.kind === 'embedding') continue;
      this.#scores.push(finding.value.score);
      if (finding.kind === 'anomaly' && typeof finding.value.value === 'number') this.#values.push(finding.value.value);
    }
    for (const finding of this.#episodes.starts(found)) process.stdout.write(`\r\u001b[K${describe(finding)}\n`);
  }

  end(summary: DemoSummary): void {
    const { tokens, realTimeFactor, usPerToken, cacheBytes, seconds } = figures(summary);
    process.stdout.write('\r\u001b[K');
    const [value, score] = chartLines({ values: this.#values, scores: this.#scores }, this.#style);
    if (this.#values.length > 0) process.stdout.write(`${value}\n`);
    process.stdout.write(`${score}\n`);
    const speed = realTimeFactor === null ? '' : `, ${(1 / realTimeFactor).toFixed(0)} × faster than real time`;
    process.stdout.write(
      `${tokens} tokens in ${seconds} s${speed}; ${usPerToken} µs per token; ${(cacheBytes / 1024).toFixed(0)} KiB of caches; ${this.#episodes.count} findings\n`,
    );
  }

  async close(): Promise<void> {}
}

interface Figures {
  readonly samples: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Processing time over stream time; `null` where the rate is unknown. */
  readonly realTimeFactor: number | null;
  /** Time in encoder and head per token. */
  readonly usPerToken: number;
  readonly cacheBytes: number;
}

function figures(summary: DemoSummary): Figures {
  const { samples, tokens, cacheBytes, busyMs, elapsedMs, sampleRateHz } = summary;
  return {
    samples,
    tokens,
    seconds: Number((elapsedMs / 1000).toFixed(2)),
    realTimeFactor:
      sampleRateHz === 0 || samples === 0 ? null : Number((elapsedMs / 1000 / (samples / sampleRateHz)).toFixed(4)),
    usPerToken: tokens === 0 ? 0 : Number(((busyMs * 1000) / tokens).toFixed(1)),
    cacheBytes,
  };
}

function describe(finding: Finding): string {
  if (finding.kind === 'scene') {
    const seconds = finding.value.startSample / 16_000;
    return `! new sound at ${seconds.toFixed(2)} s, score ${finding.value.score.toFixed(3)}`;
  }
  if (finding.kind !== 'anomaly') return '';
  const { row, time, value, expected, score } = finding.value;
  return `! anomaly at row ${row}, ${time}: value ${JSON.stringify(value)}, expected ${JSON.stringify(round(expected))}, score ${score.toFixed(3)}`;
}

function round(expected: unknown): unknown {
  return typeof expected === 'number' ? Number(expected.toPrecision(4)) : expected;
}
