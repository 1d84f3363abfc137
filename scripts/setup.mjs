// Prepares a clone: packages from the lockfile, then the build. Plain Node, nothing global; a second run starts at once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKernels } from './build-kernels.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Expected Node 20.19 or newer, this is ${process.version}.`);
  process.exit(2);
}

/** Runs a command in the project's root; on failure its output is shown and the process ends with its code. */
function run(title, command, args) {
  const npm = command === 'npm' ? process.env.npm_execpath : undefined;
  const [file, all] = npm === undefined ? [command, args] : [process.execPath, [npm, ...args]];
  const result = spawnSync(file, all, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return;
  console.error(`${title} failed.\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`);
  process.exit(result.status ?? 1);
}

/** Installs when the lockfile (or Node's major version) differs from what was last installed. */
function install() {
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`node ${major}`)
    .digest('hex');
  const stampFile = join(root, 'node_modules', '.longwave-stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error('Installing packages from the lockfile (npm ci) …');
  run('npm ci', 'npm', ['ci', '--no-audit', '--no-fund']);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

export function setUp() {
  install();
  buildKernels();
  run('The build', process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
}

export { root };

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
