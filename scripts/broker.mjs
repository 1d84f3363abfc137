/**
 * A real, single-node Kafka broker (KRaft) for the tests and for trying pipelines, without Docker: Maven copies
 * the broker's jars to `.cache/kafka/lib` once, and each start runs them on free loopback ports with a log
 * directory of its own that is removed at the end. Plain Node, nothing to install but a JDK (17+) and Maven.
 *
 *     node scripts/broker.mjs prepare     fetches what is missing
 *     node scripts/broker.mjs start       prints `host:port` and runs until Ctrl-C
 *
 * `KAFKA_BROKERS=host:port,...` uses the caller's own brokers instead: nothing is fetched or started.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const POM = join(ROOT, 'scripts', 'broker', 'pom.xml');
const CACHE = join(ROOT, '.cache', 'kafka');
const LIB = join(CACHE, 'lib');
const STAMP = join(CACHE, 'stamp');
const MIN_JDK = 17;
const FORMAT_TIMEOUT_MS = 60_000;
const MAVEN_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 10_000;
const PORT_ATTEMPTS = 3;

/** The broker could not be fetched or started; the message ends with the last lines of its log. */
export class BrokerError extends Error {
  name = 'BrokerError';
}

/**
 * Finds a JDK and, when the jars are not cached yet, Maven, and fetches the jars. Repeated calls start at once.
 * @returns {Promise<{ java: string, lib: string } | { reason: string }>} a `reason` when a tool is missing
 * @throws BrokerError when Maven fails
 */
export async function prepareBroker() {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const version = await run(java, ['-version'], 30_000);
  const major = Number(/version "(?:1\.)?(\d+)/.exec(version.output)?.[1] ?? Number.NaN);
  if (version.code !== 0 || !(major >= MIN_JDK)) {
    const found = version.code === 0 ? `version ${major}` : 'none';
    return { reason: `no JDK ${MIN_JDK} or newer (${java}: ${found}); set JAVA_HOME, or KAFKA_BROKERS=host:port` };
  }
  const stamp = createHash('sha256').update(readFileSync(POM)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp && existsSync(LIB)) return { java, lib: LIB };

  const mvn = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';
  if ((await run(mvn, ['-v'], 60_000)).code !== 0) {
    return { reason: 'no Maven (`mvn`) to fetch the broker with; install it, or set KAFKA_BROKERS=host:port' };
  }
  await fetchJars(mvn, stamp);
  return { java, lib: LIB };
}

async function fetchJars(mvn, stamp) {
  const partial = join(CACHE, `lib.partial-${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
  const args = ['-q', '-B', '-f', POM, goal, '-DincludeScope=runtime', `-DoutputDirectory=${partial}`];
  const result = await run(mvn, args, MAVEN_TIMEOUT_MS);
  if (result.code !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new BrokerError(
      `Expected Maven to fetch the Kafka broker, it ended with ${result.code}:\n${tail(result.output)}`,
    );
  }
  rmSync(LIB, { recursive: true, force: true });
  renameSync(partial, LIB);
  writeFileSync(STAMP, stamp);
}

/**
 * Starts a broker, or takes that of `KAFKA_BROKERS`. It ends with `stop()`, and also when this process ends in any
 * way, `kill -9` included: a guard process holds the other end of a pipe.
 * @param {{ timeoutMs?: number }} [options] time to get ready, default 60 s
 * @returns {Promise<{ brokers: string, stop: () => Promise<void> } | { brokers: undefined, reason: string }>}
 * @throws BrokerError
 */
export async function startBroker(options = {}) {
  const own = process.env.KAFKA_BROKERS;
  if (own) return { brokers: own, stop: async () => {} };
  const prepared = await prepareBroker();
  if ('reason' in prepared) return { brokers: undefined, reason: prepared.reason };
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(prepared, options.timeoutMs ?? 60_000);
    } catch (error) {
      const portTaken = error instanceof BrokerError && /Address already in use|BindException/.test(error.message);
      if (!portTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce({ java, lib }, timeoutMs) {
  const directory = mkdtempSync(join(tmpdir(), 'longwave-kafka-'));
  const logFile = join(directory, 'broker.log');
  try {
    const [port, controllerPort] = await freePorts(2);
    const properties = join(directory, 'server.properties');
    writeFileSync(properties, serverProperties(directory, port, controllerPort));
    writeFileSync(join(directory, 'log4j2.properties'), LOG4J);
    const jvm = [
      ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      `-Dlog4j2.configurationFile=${join(directory, 'log4j2.properties')}`,
      ...['-cp', join(lib, '*')],
    ];
    const format = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId(), '-c', properties];
    const formatted = await run(java, [...jvm, ...format], FORMAT_TIMEOUT_MS);
    if (formatted.code !== 0) {
      throw new BrokerError(`Expected the broker's storage to be formatted, it failed:\n${tail(formatted.output)}`);
    }
    const guard = await startGuard(directory, logFile, [java, ...jvm, 'kafka.Kafka', properties]);
    try {
      await untilReady(guard, port, logFile, timeoutMs);
    } catch (error) {
      await guard.stop();
      throw error;
    }
    return { brokers: `127.0.0.1:${port}`, stop: guard.stop };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Runs this file as the guard of one broker process; closing its standard input ends both. */
async function startGuard(directory, logFile, command) {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [SELF, 'guard', directory, ...command], {
    stdio: ['pipe', log, log],
    detached: true, // a Ctrl-C on the terminal reaches us alone; we close the pipe
  });
  closeSync(log);
  const guard = { ended: false, stop: undefined };
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  }).then(() => {
    guard.ended = true;
  });
  child.stdin.on('error', () => {}); // EPIPE when the guard is gone already
  child.unref();
  child.stdin.unref?.();
  guard.stop = async () => {
    child.ref();
    child.stdin.end();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  return guard;
}

async function untilReady(guard, port, logFile, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const log = readFileSync(logFile, 'utf8');
    if (log.includes('Kafka Server started') && (await accepts(port))) return;
    if (guard.ended) throw new BrokerError(`Expected the Kafka broker to start, it ended:\n${tail(log)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const log = readFileSync(logFile, 'utf8');
  throw new BrokerError(`Expected the Kafka broker to be ready within ${timeoutMs} ms, it is not:\n${tail(log)}`);
}

/** The guard's own main: runs the broker, ends it when standard input closes, removes its directory. */
function guardBroker(directory, command) {
  const broker = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  const end = () => {
    broker.kill('SIGTERM');
    setTimeout(() => broker.kill('SIGKILL'), STOP_TIMEOUT_MS).unref();
  };
  process.stdin.resume();
  process.stdin.once('end', end);
  process.stdin.once('error', end);
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  let stopping = false;
  process.stdin.once('close', () => {
    stopping = true;
  });
  const finish = () => {
    // When the broker ends by itself its log is still wanted: the parent reads it, then removes the directory.
    if (stopping || process.stdin.readableEnded) rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  };
  broker.once('exit', finish);
  broker.once('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    finish();
  });
}

function serverProperties(directory, port, controllerPort) {
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(directory, 'data').replaceAll('\\', '/')}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.retention.ms=-1
`;
}

const LOG4J = `rootLogger.level=INFO
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
`;

function clusterId() {
  // A leading dash would read as an option.
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

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
function run(command, args, timeoutMs) {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32' && command.endsWith('.cmd');
    execFile(command, args, { timeout: timeoutMs, maxBuffer: 16 * 2 ** 20, shell }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, output: `${stdout}${stderr}${code === null ? (error?.message ?? '') : ''}` });
    });
  });
}

function tail(text, lines = 20) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

async function main([command = 'start', ...rest]) {
  if (command === 'guard') return guardBroker(rest[0], rest.slice(1));
  if (command === 'prepare') {
    const prepared = await prepareBroker();
    const missing = 'reason' in prepared;
    process.stdout.write(missing ? `no broker: ${prepared.reason}\n` : `broker ready in ${prepared.lib}\n`);
    process.exitCode = missing ? 1 : 0;
    return;
  }
  if (command !== 'start') {
    process.stderr.write(`Expected \`prepare\` or \`start\`, got ${JSON.stringify(command)}\n`);
    process.exitCode = 2;
    return;
  }
  const broker = await startBroker();
  if (broker.brokers === undefined) {
    process.stderr.write(`no broker: ${broker.reason}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(`${broker.brokers}\n`);
  const hold = setInterval(() => {}, 2 ** 30);
  const end = () => broker.stop().then(() => clearInterval(hold));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

if (process.argv[1] !== undefined && process.argv[1] === SELF) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error instanceof BrokerError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  });
}
