/**
 * The bits of the golden table, here and elsewhere.
 *
 *     node scripts/portability.mjs                 this Node, and each of those of OTHER_NODES (fetched from npm once, into .cache)
 *     node scripts/portability.mjs COMMAND ...     any other Node, by its command line
 *     node scripts/portability.mjs --arm64         those of OTHER_NODES for Linux on ARM64, behind `qemu-aarch64`, whose libraries lie under
 *                                                  QEMU_LD_PREFIX (Debian: qemu-user, libstdc++6-arm64-cross)
 *     node scripts/portability.mjs --write         writes the digests of the table anew, from the engine `reference`
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, setUp } from './setup.mjs';

/** The newest of each line of long-term support beyond the oldest Node that the package asks for. */
export const OTHER_NODES = ['22.23.3', '24.21.0'];

const TABLE = join(root, 'test', 'fixtures', 'golden', 'encodings.json');
const CHECK = join(root, 'test', 'portability', 'check-built.mjs');
const ARM64_LIBRARIES = process.env.QEMU_LD_PREFIX ?? '/usr/aarch64-linux-gnu';
const FETCH_TIMEOUT_MS = 300_000;
const CHECK_TIMEOUT_MS = 600_000;

/**
 * Finds a Node of that version in `.cache`, or fetches it: npm carries the binaries of each platform as packages of their own.
 * @param {string} version
 * @returns {Promise<{ path: string } | { reason: string }>} a `reason` where it cannot be had
 */
export async function fetchNode(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return fetchBinary(version, { platform, cpu: process.arch });
}

async function fetchBinary(version, { platform, cpu }) {
  const name = `node-${platform}-${cpu}`;
  const folder = join(root, '.cache', `${name}-${version}`);
  const path = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(path)) return { path };
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
    const wanted = ['install', '--prefix', partial, '--save-exact', `${name}@${version}`];
    const plain = [
      ...(cpu === process.arch ? [] : ['--force']),
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
    ];
    const { code, output } = await npm([...wanted, ...plain]);
    if (code !== 0) return { reason: `npm does not give ${name}@${version}: ${lastLines(output)}` };
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } catch (error) {
    // Someone else was faster.
    if (!existsSync(path)) return { reason: `${name}@${version} cannot be kept in .cache: ${error.message}` };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return existsSync(path) ? { path } : { reason: `Expected ${name}@${version} to hold bin/node, it does not` };
}

/**
 * Runs the built check under a Node.
 * @param {readonly string[]} command the Node, after whatever it needs before it
 * @returns {Promise<{ node: string, v8: string, arch: string, engines: string[], checks: number, differences: object[] }>}
 */
export async function checkUnder(command) {
  const [file, ...args] = command;
  const { code, output } = await run(file, [...args, CHECK], CHECK_TIMEOUT_MS);
  if (code !== 0)
    throw new Error(`Expected ${command.join(' ')} to check the table, it ended with ${code}:\n${output}`);
  return JSON.parse(output.slice(output.lastIndexOf('\n', output.length - 2) + 1));
}

function npm(args) {
  const own = process.env.npm_execpath;
  if (own !== undefined) return run(process.execPath, [own, ...args], FETCH_TIMEOUT_MS);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, FETCH_TIMEOUT_MS);
}

function run(file, args, timeout) {
  return new Promise((resolve) => {
    const shell = file.endsWith('.cmd');
    execFile(file, args, { timeout, maxBuffer: 2 ** 26, shell }, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal);
      resolve({ code, output: code === 0 ? stdout : `${stdout}${stderr}${stderr === '' ? error.message : ''}` });
    });
  });
}

function lastLines(text) {
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

async function write() {
  const { library } = await import('../test/portability/built-library.mjs');
  const { digestsForTable } = await import('../test/portability/check-table.mjs');
  const { about, cases } = JSON.parse(readFileSync(TABLE, 'utf8'));
  const changed = [];
  const lines = cases.map((golden) => {
    const sha256 = digestsForTable(library, golden);
    if (JSON.stringify(sha256) !== JSON.stringify(golden.sha256)) changed.push(golden.name);
    return `    ${JSON.stringify({ ...golden, sha256 })}`;
  });
  writeFileSync(TABLE, `{\n  "about": ${JSON.stringify(about)},\n  "cases": [\n${lines.join(',\n')}\n  ]\n}\n`);
  console.log(
    `${cases.length} cases, ${changed.length} with other bits than before${changed.map((name) => `\n  ${name}`).join('')}`,
  );
}

async function check(commands) {
  let differ = 0;
  for (const command of commands) {
    const { node, v8, arch, engines, checks, differences } = await checkUnder(command);
    console.log(
      `Node ${node.slice(1)} (V8 ${v8}, ${arch}), ${engines.join(' and ')}: ${checks} digests, ${differences.length} differ`,
    );
    for (const each of differences)
      console.log(`  ${each.case} | ${each.engine ?? 'no engine'} | ${each.split} | ${each.name}`);
    differ += differences.length;
  }
  if (differ > 0) process.exitCode = 1;
}

/** Command lines of the other versions that can be had. */
async function others(fetch, before) {
  const commands = [];
  for (const version of OTHER_NODES) {
    const fetched = await fetch(version);
    if ('path' in fetched) commands.push([...before, fetched.path]);
    else console.log(`Node ${version} is left out: ${fetched.reason}`);
  }
  return commands;
}

async function main(args) {
  setUp();
  if (args[0] === '--write') return write();
  if (args[0] === '--arm64') {
    const fetch = (version) => fetchBinary(version, { platform: 'linux', cpu: 'arm64' });
    return check(await others(fetch, ['qemu-aarch64', '-L', ARM64_LIBRARIES]));
  }
  if (args.length > 0) return check([args]);
  return check([[process.execPath], ...(await others(fetchNode, []))]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
