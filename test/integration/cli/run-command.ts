import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../bin/longwave', import.meta.url));

/** What a finished command left. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `longwave` as its own process. */
export function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [BIN, ...args]);
}

/** Runs `longwave` to its end, with `input` (or pieces of it, one write each) on standard input. */
export async function longwave(
  args: readonly string[],
  input: string | Uint8Array | readonly Uint8Array[] = '',
): Promise<CommandResult> {
  const child = start(args);
  child.stdin.on('error', () => undefined);
  const ended = collect(child);
  const pieces = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  for (const piece of pieces) {
    if (!child.stdin.write(piece))
      await new Promise<void>((resolve) => child.stdin.once('drain', () => resolve()).once('close', () => resolve()));
  }
  child.stdin.end();
  return ended;
}

/** Resolves when the process has ended and its pipes are closed. */
export function collect(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}
