// Everything that must hold: types, lint, then the suites, with a real broker where one can be had. Ends with the counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

const strict = process.env.CI === 'true';
const notes = [];
let passed = 0;
let failed = 0;
let skipped = 0;

setUp();
check('types of tests', ['node_modules/typescript/bin/tsc', '-p', 'test']);
check('lint and format', [
  'node_modules/@biomejs/biome/bin/biome',
  'ci',
  '--colors=off',
  '--diagnostic-level=warn',
  '.',
]);

const { startBroker } = await import('./broker.mjs');
const broker = await openBroker();
try {
  runVitest(broker?.brokers);
} finally {
  await broker?.stop();
}
for (const note of notes) console.log(note);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);

function check(title, args) {
  const result = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (result.status === 0) {
    passed += 1;
    console.log(`✓ ${title}`);
    return;
  }
  failed += 1;
  console.log(`✗ ${title}\n${result.stdout}${result.stderr}`);
}

async function openBroker() {
  try {
    const broker = await startBroker();
    return broker.brokers === undefined ? withoutBroker(broker.reason) : broker;
  } catch (error) {
    return withoutBroker(error.message);
  }
}

function withoutBroker(reason) {
  notes.push(`${strict ? 'FAILED' : 'SKIPPED'}: the Kafka suites need a broker. ${reason}`);
  if (strict) failed += 1;
  return undefined;
}

function runVitest(brokers) {
  const folder = mkdtempSync(join(tmpdir(), 'longwave-test-'));
  const report = join(folder, 'report.json');
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const env = { ...process.env, ...(brokers === undefined ? {} : { LONGWAVE_TEST_BROKERS: brokers }) };
  const result = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    passed += counts.numPassedTests;
    failed += counts.numFailedTests;
    skipped += counts.numPendingTests + counts.numTodoTests;
    // A suite that fails to load has no tests of its own to count.
    const broken = counts.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    );
    for (const file of broken) notes.push(`FAILED to run: ${file.name}\n${file.message}`);
    failed += broken.length;
    if (counts.numTotalTests === 0 || (result.status !== 0 && failed === 0)) failed += 1;
  } catch (error) {
    failed += 1;
    notes.push(`FAILED: vitest left no report (${error.message})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
