// Sets up, then runs a built file with the remaining arguments: node scripts/run-built.mjs dist/cli/main.js detect …
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
const [file, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, [join(root, file), ...args], { stdio: 'inherit' });
// Ctrl-C reaches the whole process group by itself; a second SIGINT would cut the child's draining short.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + 15));
