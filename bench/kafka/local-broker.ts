import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, ConnectorError } from '../../core/index.ts';

/** Beside the built files as beside the sources. */
const SCRIPTS = ['../../../scripts/broker.mjs', '../../scripts/broker.mjs'];

/** Brokers to measure with. */
export interface BenchBrokers {
  readonly brokers: string;
  close(): Promise<void>;
}

/**
 * The brokers that are named, else one of its own that ends with `close`.
 * @throws ConfigError `CONFIG_INVALID` where there is no script to start one; ConnectorError `CONNECTOR_FAILED`
 */
export async function openBrokers(named: string | undefined): Promise<BenchBrokers> {
  if (named !== undefined) return { brokers: named, close: async () => {} };
  const script = SCRIPTS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find(existsSync);
  if (script === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Expected `--brokers` to name a broker: none can be started from here');
  }
  const child = spawn(process.execPath, [script, 'start'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const first = new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  const line = await Promise.race([first, ended]);
  if (line === undefined) {
    throw new ConnectorError('CONNECTOR_FAILED', `Expected a broker to start, it did not: ${said.trim()}`);
  }
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { brokers: line.trim(), close };
}
