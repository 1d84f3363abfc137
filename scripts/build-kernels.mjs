// Compiles models/kernels/assembly to WebAssembly and writes it as a TypeScript module: then neither Node nor a bundler needs a loader for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = join(root, 'node_modules', 'assemblyscript');
const sources = join(root, 'models', 'kernels', 'assembly');
const target = join(root, 'models', 'kernels', 'wasm', 'module.generated.ts');
const FLAGS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
  ...['--importMemory', '--noExportMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** Builds when a source, a flag or the compiler is another than the module was built of; a fault is shown and ends the process. */
export function buildKernels() {
  const stamp = stampOfBuild();
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(`// ${stamp}\n`)) return;
  const bytes = compile();
  checkImports(bytes);
  // Written aside and then renamed: who reads meanwhile sees the old module or the new one.
  const written = `${target}.${process.pid}`;
  const base64 = bytes.toString('base64');
  writeFileSync(written, `// ${stamp}\n/** The compiled kernels. */\nexport const KERNELS_BASE64 = '${base64}';\n`);
  renameSync(written, target);
}

function stampOfBuild() {
  const { version } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(JSON.stringify([version, FLAGS]));
  for (const name of readdirSync(sources).sort()) {
    if (name.endsWith('.ts')) hash.update(`\n${name}\n`).update(readFileSync(join(sources, name)));
  }
  return hash.digest('hex');
}

function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'longwave-kernels-'));
  try {
    const file = join(folder, 'kernels.wasm');
    const args = [join(compiler, 'bin', 'asc.js'), 'models/kernels/assembly/index.ts', '--outFile', file, ...FLAGS];
    const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (result.status === 0) return readFileSync(file);
    console.error(`The kernels do not compile.\n${result.stdout ?? ''}${result.stderr ?? ''}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(1);
}

/** The kernels take a memory and nothing else: no runtime, no function of the host. */
function checkImports(bytes) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const names = imports.map(({ module, name, kind }) => `${module}.${name} (${kind})`).join(', ');
  if (names === 'env.memory (memory)') return;
  console.error(`Expected the kernels to import a memory only, got ${names}.`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildKernels();
