// Installs the engines that `longwave bench encoder` compares with, from the lockfile in bench/peers; the product needs none
// of them. No install script runs: onnxruntime-node has its CPU library inside the package.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './setup.mjs';

const cwd = join(root, 'bench', 'peers');
const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
const npm = process.env.npm_execpath;
const [file, all] = npm === undefined ? ['npm', args] : [process.execPath, [npm, ...args]];
console.error('Installing the engines of bench/peers from their lockfile (npm ci, about 360 MB) …');
const { status, error } = spawnSync(file, all, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
if (error !== undefined) console.error(error.message);
process.exit(status ?? 1);
