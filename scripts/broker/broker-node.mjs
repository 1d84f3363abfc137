/**
 * One Kafka process (KRaft, broker and controller) with a directory of its own, held by a guard process: the guard ends it and
 * removes the directory when its standard input closes, so also when the owner ends by `kill -9`. Lines on that input kill the
 * broker and start it again.
 */
import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const FORMAT_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** The broker could not be fetched or started; the message ends with the last lines of its log. */
export class BrokerError extends Error {
  name = 'BrokerError';
}

/**
 * Formats and starts one node; it is not ready yet when this resolves, see `ready`.
 * @param {{ java: string, lib: string, port: number, maxHeapMb: number, format: readonly string[], properties: (directory: string) => string }} node
 * @throws BrokerError
 */
export async function startNode({ java, lib, port, maxHeapMb, format, properties }) {
  const directory = mkdtempSync(join(tmpdir(), 'longwave-kafka-'));
  try {
    const file = join(directory, 'server.properties');
    writeFileSync(file, properties(directory));
    writeFileSync(join(directory, 'log4j2.properties'), LOG4J);
    const jvm = [
      ...[`-Xmx${maxHeapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      `-Dlog4j2.configurationFile=${join(directory, 'log4j2.properties')}`,
      ...['-cp', join(lib, '*')],
    ];
    const args = ['kafka.tools.StorageTool', 'format', ...format, '-c', file];
    const formatted = await run(java, [...jvm, ...args], FORMAT_TIMEOUT_MS);
    if (formatted.code !== 0) {
      throw new BrokerError(`Expected the broker's storage to be formatted, it failed:\n${tail(formatted.output)}`);
    }
    return guarded({ directory, port, command: [java, ...jvm, 'kafka.Kafka', file] });
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Runs this file as the guard of one broker process; closing its standard input ends both. */
function guarded({ directory, port, command }) {
  const logFile = join(directory, 'broker.log');
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [SELF, 'guard', directory, ...command], {
    stdio: ['pipe', log, log],
    detached: true, // a Ctrl-C on the terminal reaches us alone; we close the pipe
  });
  closeSync(log);
  let isOver = false;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  }).then(() => {
    isOver = true;
  });
  child.stdin.on('error', () => {}); // EPIPE when the guard is gone already
  child.unref();
  child.stdin.unref?.();
  /** What the log says of the start at work begins here. */
  let from = 0;

  const ready = async (timeoutMs) => {
    const deadline = Date.now() + timeoutMs;
    const said = () => readFileSync(logFile, 'utf8').slice(from);
    while (Date.now() < deadline) {
      if (said().includes('Kafka Server started') && (await accepts(port))) return;
      if (isOver) throw new BrokerError(`Expected the Kafka broker to start, it ended:\n${tail(said())}`);
      await pause();
    }
    throw new BrokerError(`Expected the Kafka broker to be ready within ${timeoutMs} ms, it is not:\n${tail(said())}`);
  };
  return {
    port,
    ready,
    /** Ends the broker by SIGKILL; its directory stays. Resolves when nothing answers any more. */
    kill: async () => {
      child.stdin.write('kill\n');
      while (await accepts(port)) await pause();
    },
    /** Starts a broker that was killed, on its directory and port. */
    restart: (timeoutMs = 60_000) => {
      from = statSync(logFile).size;
      child.stdin.write('start\n');
      return ready(timeoutMs);
    },
    stop: async () => {
      child.ref();
      child.stdin.end();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The guard's own main. */
function guard(directory, command) {
  let broker;
  let isKilled = false;
  let isStopping = false;
  const isGone = () => broker.exitCode !== null || broker.signalCode !== null;
  const finish = () => {
    // When the broker ends by itself its log is still wanted: the owner reads it, then removes the directory.
    if (isStopping) rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  };
  const start = () => {
    isKilled = false;
    broker = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
    broker.once('exit', () => {
      if (isStopping || !isKilled) finish();
    });
    broker.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      finish();
    });
  };
  const kill = () => {
    isKilled = true;
    broker.kill('SIGKILL');
  };
  const end = () => {
    isStopping = true;
    if (isGone()) finish();
    broker.kill('SIGTERM');
    setTimeout(() => broker.kill('SIGKILL'), STOP_TIMEOUT_MS).unref();
  };
  start();
  let rest = '';
  process.stdin.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line === 'kill') kill();
      else if (line === 'start' && !isGone()) broker.once('exit', start);
      else if (line === 'start') start();
    }
  });
  process.stdin.once('end', end);
  process.stdin.once('error', end);
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

/** Whether something accepts connections there. */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const end = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Runs a command and collects what it prints; `code` is null when it cannot be run or took too long. */
export function run(command, args, timeoutMs) {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32' && command.endsWith('.cmd');
    execFile(command, args, { timeout: timeoutMs, maxBuffer: 16 * 2 ** 20, shell }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, output: `${stdout}${stderr}${code === null ? (error?.message ?? '') : ''}` });
    });
  });
}

/** The last lines of a text. */
export function tail(text, lines = 20) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

const LOG4J = `rootLogger.level=INFO
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
`;

if (process.argv[1] === SELF && process.argv[2] === 'guard') guard(process.argv[3], process.argv.slice(4));
