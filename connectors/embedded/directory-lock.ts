import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectorError } from '../../core/index.ts';
import { guarded } from './open-files.ts';

/** Contents of a lock that this thread holds. */
const held = new Set<string>();
const ATTEMPTS = 5;
/** A lock file of ours is shorter. */
const MAX_LOCK_BYTES = 200;

/**
 * Takes a directory for this process. A lock whose process is gone is taken over.
 * @returns gives the directory back
 * @throws ConnectorError `CONNECTOR_FAILED` naming the process that holds it
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  const own = `${process.pid} ${startOf(process.pid)} ${randomBytes(8).toString('hex')}\n`;
  return guarded('lock', path, () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (created(path, own)) return () => release(path, own);
      const other = contents(path);
      if (other !== undefined && isAlive(other)) throw inUse(directory, other);
      if (other !== undefined) takeAway(path, other);
    }
    throw inUse(directory, contents(path) ?? 'unknown');
  });
}

function created(path: string, own: string): boolean {
  try {
    writeFileSync(path, own, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  held.add(own);
  return true;
}

function release(path: string, own: string): void {
  held.delete(own);
  if (contents(path) === own) rmSync(path, { force: true });
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').slice(0, MAX_LOCK_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A process has a number and, where the system tells, a start: numbers come again, in containers soon. */
function isAlive(lock: string): boolean {
  const [number = '', start = ''] = lock.split(' ');
  const pid = Number(number);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid && start === '?') return held.has(lock);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === '?' || startOf(pid) === start;
}

/** When a process began, in the system's own measure; `?` where it does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '?'; // the name before may hold spaces
  } catch {
    return '?';
  }
}

/** Moves a stale lock aside; another process may have done so and put its own there meanwhile, which goes back. */
function takeAway(path: string, stale: string): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if (contents(aside) !== stale) linkSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function inUse(directory: string, lock: string): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected directory ${directory} to be used by one process at a time, process ${lock.split(' ')[0]} has it`,
  );
}
