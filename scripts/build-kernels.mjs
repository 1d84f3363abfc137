// Compiles models/kernels/assembly to WebAssembly and writes it as a TypeScript module: bundlers and browsers need no loader for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'models', 'kernels', 'assembly');
const target = join(root, 'models', 'kernels', 'wasm', 'module.generated.ts');
const FLAGS = [
  '-O3',
  '--noAssert',
  ...['--runtime', 'stub'],
  ...['--enable', 'simd'],
  '--importMemory',
  ...['--initialMemory', '1'],
  ...['--maximumMemory', '65536'],
];

/** Builds when a source, a flag or the compiler differs from what the module was built of. */
export function buildKernels() {
  const compiler = join(root, 'node_modules', 'assemblyscript');
  const stamp = stampOf(JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8')).version);
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(`// ${stamp}\n`)) return;
  const folder = mkdtempSync(join(tmpdir(), 'longwave-kernels-'));
  try {
    const file = join(folder, 'kernels.wasm');
    const args = [join(compiler, 'bin', 'asc.js'), 'models/kernels/assembly/index.ts', '--outFile', file, ...FLAGS];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The kernels do not compile.\n${stdout}${stderr}`);
    const bytes = readFileSync(file);
    checkImports(bytes);
    const written = `${target}.${process.pid}`;
    writeFileSync(
      written,
      `// ${stamp}\n/** The compiled kernels. */\nexport const KERNELS_BASE64 = '${bytes.toString('base64')}';\n`,
    );
    renameSync(written, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function stampOf(version) {
  const hash = createHash('sha256').update(JSON.stringify([version, FLAGS]));
  for (const name of readdirSync(sources).sort()) {
    if (name.endsWith('.ts')) hash.update(`\n${name}\n`).update(readFileSync(join(sources, name)));
  }
  return hash.digest('hex');
}

/** The kernels take a memory and nothing else: no runtime, no function of the host. */
function checkImports(bytes) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const names = imports.map(({ module, name, kind }) => `${module}.${name} (${kind})`);
  if (names.join() !== 'env.memory (memory)') {
    throw new Error(`Expected the kernels to import a memory only, got ${names.join(', ')}.`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildKernels();
