import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommitStep } from '../../pipeline/index.ts';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

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

/** A pipeline in a process of its own, which may be killed, stopped and woken up. */
export class WorkerProcess {
  /** Its log, line by line. */
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;

  /** @param program the built worker; default: the one beside this file */
  constructor(pipeline: string, options: { readonly fault?: StepFault; readonly program?: string } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'longwave-faults-'));
    const file = join(folder, 'pipeline.yaml');
    writeFileSync(file, pipeline);
    const { fault, program = WORKER } = options;
    const point = fault === undefined ? [] : [`${fault.step}:${fault.count}:${fault.signal}`];
    this.#child = spawn(process.execPath, [program, file, ...point], { stdio: ['ignore', 'inherit', 'pipe'] });
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.lines.push(line.startsWith('{') ? JSON.parse(line) : { event: 'text', line });
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        rmSync(folder, { recursive: true, force: true });
        resolve({ code, signal });
      });
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  /** Drains it and waits for its end. */
  stop(): Promise<WorkerEnd> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    return this.ended;
  }

  /** Lines of one event. */
  events(event: string): readonly Readonly<Record<string, unknown>>[] {
    return this.lines.filter((line) => line.event === event);
  }
}
