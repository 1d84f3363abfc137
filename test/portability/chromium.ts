import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names that Chromium and its kin are installed under. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** A browser without a window. */
export interface Browser {
  /** What the browser had to say, once it has ended by itself. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/** Where Chromium is: `CHROMIUM_PATH`, or one of the usual names; `undefined` when there is none. */
export function findChromium(): string | undefined {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined && given !== '') return given;
  return NAMES.find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore', timeout: 30_000 });
      return true;
    } catch {
      return false;
    }
  });
}

/** Opens a page in a fresh profile, with everything off that would look for other hosts. */
export function openPage(chromium: string, url: string): Browser {
  const profile = mkdtempSync(join(tmpdir(), 'longwave-chromium-'));
  const child = spawn(
    chromium,
    [
      '--headless',
      // Chromium refuses to run with its sandbox as root, and the page is our own.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...['--disable-gpu', '--disable-quic', '--disable-sync', '--disable-extensions'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
      ...['--no-first-run', '--no-default-browser-check', `--user-data-dir=${profile}`],
      url,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: process.platform !== 'win32' },
  );
  const ended = untilEnd(child);
  return {
    ended,
    close: async () => {
      stop(child);
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function untilEnd(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr?.on('data', (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(-4000);
  });
  return new Promise((resolve) => {
    child.once('exit', () => resolve(said));
    child.once('error', (error) => resolve(error.message));
  });
}

/** Its helpers are processes of their own, in its group. */
function stop(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
