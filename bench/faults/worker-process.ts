import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConnectorError } from '../../core/index.ts';
import type { CommitStep } from '../../pipeline/index.ts';

/** The built worker, also for those who run from the sources. */
const WORKER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/bench/faults/worker.js' : './worker.js', import.meta.url),
);
/** How long a line of the log may be waited for. */
const SILENT_MS = 60_000;
/** How long a drain may take. */
const DRAIN_MS = 45_000;

/** Where a worker ends or stops itself. */
export interface StepFault {
  readonly step: CommitStep;
  /** At the how manieth time, from 1. */
  readonly count: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** How a worker process ended. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Options of a {@link WorkerProcess}. */
export interface WorkerOptions {
  readonly faults?: readonly StepFault[];
  /** Another program that does the worker's part. Default: the built worker. */
  readonly program?: string | undefined;
}

/** One line of a worker's log. */
export type WorkerLine = Readonly<Record<string, unknown>>;

interface Waiter {
  readonly isDone: () => boolean;
  readonly done: () => void;
}

/** A pipeline in a process of its own, which may be killed, stopped and woken up. */
export class WorkerProcess {
  /** Its log, line by line. */
  readonly lines: WorkerLine[] = [];
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<Waiter>();

  constructor(pipeline: string, options: WorkerOptions = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'longwave-faults-'));
    const file = join(folder, 'pipeline.yaml');
    writeFileSync(file, pipeline);
    const { faults = [], program = WORKER } = options;
    const points = faults.map(({ step, count, signal }) => `${step}:${count}:${signal}`);
    this.#child = spawn(process.execPath, [program, file, ...points], { stdio: ['ignore', 'inherit', 'pipe'] });
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.lines.push(line.startsWith('{') ? JSON.parse(line) : { event: 'text', line });
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        rmSync(folder, { recursive: true, force: true });
        resolve({ code, signal });
        this.#wake();
      });
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  /**
   * Drains it and waits for its end.
   * @throws ConnectorError when it does not end; it is killed then
   */
  async stop(): Promise<WorkerEnd> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    try {
      await this.until('its end', () => !this.isRunning, DRAIN_MS);
    } finally {
      this.signal('SIGKILL');
    }
    return this.ended;
  }

  /** Lines of one event. */
  events(event: string): readonly WorkerLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** How many of its faults it has come to. */
  get faultsReached(): number {
    return this.events('fault').length;
  }

  /** Lines that tell of a partition that was given up because another process has it. */
  get fenced(): readonly WorkerLine[] {
    return this.lines.filter(({ event, message }) => event === 'fenced' || message === 'partition fenced');
  }

  /**
   * Waits until its log fulfils a condition.
   * @throws ConnectorError when it ends before, or is silent about it for so long, by default a minute
   */
  async until(what: string, isDone: () => boolean, timeoutMs = SILENT_MS): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    await new Promise<void>((resolve) => {
      waiter = { isDone: () => isDone() || !this.isRunning, done: resolve };
      this.#waiters.add(waiter);
      timer = setTimeout(resolve, timeoutMs);
      this.#wake();
    });
    clearTimeout(timer);
    this.#waiters.delete(waiter as Waiter);
    if (isDone()) return;
    const last = JSON.stringify(this.lines.slice(-5));
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected a worker to tell of ${what} within ${timeoutMs} ms, got ${last}`,
    );
  }

  #wake(): void {
    for (const waiter of this.#waiters) if (waiter.isDone()) waiter.done();
  }
}
