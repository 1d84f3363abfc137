import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConnectorError, requireOneOf } from '../../core/index.ts';
import {
  BACKPRESSURE_LOAD,
  type BackpressureMeasurement,
  type BackpressureMode,
  measureBackpressure,
} from './measure.ts';

const NAMES: Readonly<Record<BackpressureMode, string>> = {
  push: 'from(asyncIterable) → concatMap',
  credit: `pullValues(${BACKPRESSURE_LOAD.credits}) → concatAck`,
  floor: 'plain loop, one chunk at a time',
};

const self = fileURLToPath(import.meta.url);

/**
 * Compares the peak memory of rxjs alone, of the credit operator and of a plain loop, each in its own process, one after the other:
 * 300 MiB into a slow consumer. Takes a few seconds.
 * @throws ConnectorError `CONNECTOR_FAILED` when a process fails.
 */
export async function backpressureBench(): Promise<BackpressureMeasurement[]> {
  return [await inOwnProcess('push'), await inOwnProcess('credit'), await inOwnProcess('floor')];
}

/**
 * Runs the bench and prints it: a table, or with `json` one line for each mode.
 * @param options `write` takes the text; default standard output.
 */
export async function runBackpressureBench(options: {
  readonly json: boolean;
  readonly write?: (text: string) => void;
}): Promise<void> {
  const write = options.write ?? ((text) => void process.stdout.write(text));
  const measured = await backpressureBench();
  if (options.json) {
    for (const line of measured) write(`${JSON.stringify(line)}\n`);
    return;
  }
  write(
    `${Math.round((BACKPRESSURE_LOAD.chunks * BACKPRESSURE_LOAD.chunkBytes) / 2 ** 20)} MiB into a slow consumer\n`,
  );
  for (const { mode, peakBytes, peakChunks, wallMs } of measured) {
    const name = NAMES[mode];
    write(
      `${name.padEnd(34)} peak memory +${(peakBytes / 1e6).toFixed(0)} MB, ${peakChunks} chunks at once, ${(wallMs / 1000).toFixed(2)} s\n`,
    );
  }
}

async function inOwnProcess(mode: BackpressureMode): Promise<BackpressureMeasurement> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [self, '--child', mode]);
    return JSON.parse(stdout) as BackpressureMeasurement;
  } catch (cause) {
    throw new ConnectorError('CONNECTOR_FAILED', `Expected the ${mode} process to succeed, it failed`, { cause });
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--child') {
    const mode = requireOneOf('--child', args[1], ['push', 'credit', 'floor']);
    process.stdout.write(JSON.stringify(await measureBackpressure(mode, BACKPRESSURE_LOAD)));
  } else {
    await runBackpressureBench({ json: args.includes('--json') });
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === self) await main(process.argv.slice(2));
