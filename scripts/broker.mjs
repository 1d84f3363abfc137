/**
 * A real, single-node Kafka broker (KRaft) for the tests and for trying pipelines, without Docker: Maven copies
 * the broker's jars to `.cache/kafka/lib` once, and each start runs them on free loopback ports with a log
 * directory of its own that is removed at the end. Plain Node, nothing to install but a JDK (17+) and Maven.
 *
 *     node scripts/broker.mjs prepare     fetches what is missing
 *     node scripts/broker.mjs start       prints `host:port` and runs until Ctrl-C; `--port N`: a port of your choice
 *
 * `KAFKA_BROKERS=host:port,...` uses the caller's own brokers instead: nothing is fetched or started.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrokerError, run, startNode, tail } from './broker/broker-node.mjs';
import { scramUsers } from './broker/secured-properties.mjs';
import { serverProperties } from './broker/server-properties.mjs';

export { BrokerError };

const SELF = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const POM = join(ROOT, 'scripts', 'broker', 'pom.xml');
const CACHE = join(ROOT, '.cache', 'kafka');
const LIB = join(CACHE, 'lib');
const STAMP = join(CACHE, 'stamp');
const MIN_JDK = 17;
const MAVEN_TIMEOUT_MS = 300_000;
const PORT_ATTEMPTS = 3;

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
 * way, `kill -9` included: a guard process holds the other end of a pipe. One of `KAFKA_BROKERS` is not ours to `kill`.
 * @param {{ timeoutMs?: number, port?: number }} [options] time to get ready, default 60 s; port, default a free one
 * @throws BrokerError
 */
export async function startBroker(options = {}) {
  const own = process.env.KAFKA_BROKERS;
  if (own) return { brokers: own, kill: notOurs, restart: notOurs, stop: async () => {} };
  const { brokers, reason, kill, restart, stop } = await startNodes({ ...options, nodes: 1 });
  if (brokers === undefined) return { brokers, reason };
  return { brokers, kill: () => kill(1), restart: () => restart(1), stop };
}

/**
 * Starts a cluster on loopback: every node broker and controller, topics with as many replicas as there are nodes, of which a
 * write needs all but one. A node that dies is noticed after 3 s.
 * @param {{ nodes?: number, timeoutMs?: number }} [options] default 3 nodes, and 120 s to get ready
 * @throws BrokerError
 */
export async function startCluster({ nodes = 3, timeoutMs = 120_000 } = {}) {
  if (process.env.KAFKA_BROKERS) return { brokers: undefined, reason: 'KAFKA_BROKERS names brokers that are not ours' };
  return startNodes({ nodes, timeoutMs });
}

/**
 * Starts one broker that asks for TLS and a login (PLAIN, SCRAM) and allows what ACLs allow, see
 * `broker/secured-properties.mjs`. `brokers` is its listener with a good certificate; `expired` has one past its time,
 * `mutual` wants a client's certificate instead of a login.
 * @param {Omit<import('./broker/secured-properties.mjs').Secured, 'ports'> & { timeoutMs?: number }} options
 * @throws BrokerError
 */
export async function startSecuredBroker({ timeoutMs, ...secured }) {
  if (process.env.KAFKA_BROKERS) return { brokers: undefined, reason: 'KAFKA_BROKERS names brokers that are not ours' };
  return startNodes({ nodes: 1, timeoutMs, secured });
}

async function notOurs() {
  throw new BrokerError('Expected a broker of our own, KAFKA_BROKERS names one that is not');
}

async function startNodes({ nodes, timeoutMs = 60_000, port, secured }) {
  const prepared = await prepareBroker();
  if ('reason' in prepared) return { brokers: undefined, reason: prepared.reason };
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(prepared, { nodes, timeoutMs, port, secured });
    } catch (error) {
      const portTaken = error instanceof BrokerError && /Address already in use|BindException/.test(error.message);
      if (!portTaken || port !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce({ java, lib }, { nodes, timeoutMs, port: chosen, secured }) {
  const [expired, mutual, ...ports] = await freePorts(2 * nodes + 2);
  if (chosen !== undefined) ports[0] = chosen;
  const id = clusterId();
  const places = ports.slice(0, nodes).map((port, i) => ({ id: i + 1, port, controllerPort: ports[nodes + i] }));
  const format = [...(nodes === 1 ? ['--standalone'] : []), '-t', id, ...(secured ? scramUsers(secured) : [])];
  const listeners = secured && { ...secured, ports: { expired, mutual } };
  const opening = places.map(({ id: node, port }) => {
    const properties = (directory) => serverProperties({ directory, node, places, secured: listeners });
    return startNode({ java, lib, port, maxHeapMb: nodes === 1 ? 512 : 384, format, properties });
  });
  const opened = await Promise.allSettled(opening);
  const started = opened.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const stop = async () => {
    await Promise.all(started.map((node) => node.stop()));
  };
  try {
    const refused = opened.find(({ status }) => status === 'rejected');
    if (refused !== undefined) throw refused.reason;
    await Promise.all(started.map((node) => node.ready(timeoutMs)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: places.map(({ port }) => `127.0.0.1:${port}`).join(','),
    ...(secured && { expired: `127.0.0.1:${expired}`, mutual: `127.0.0.1:${mutual}` }),
    kill: (node) => started[node - 1].kill(),
    restart: (node) => started[node - 1].restart(timeoutMs),
    stop,
  };
}

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

async function main([command = 'start', ...rest]) {
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
  const port = rest[0] === '--port' ? Number(rest[1]) : undefined;
  if (rest.length > 0 && !(port >= 1 && port <= 65_535 && Number.isInteger(port) && rest.length === 2)) {
    process.stderr.write(`Expected \`start\` or \`start --port\` with a port in 1..65535, got ${rest.join(' ')}\n`);
    process.exitCode = 2;
    return;
  }
  const broker = await startBroker(port === undefined ? {} : { port });
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
