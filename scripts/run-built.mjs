// Sets up, then runs a built file with the remaining arguments: node scripts/run-built.mjs dist/cli/main.js detect …
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
const [file, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, [join(root, file), ...args], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + 15));
