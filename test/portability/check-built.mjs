// Compares the built product with the golden table and prints one line of JSON. Plain Node, any version:
//     node test/portability/check-built.mjs
import { readFileSync } from 'node:fs';
import { library } from './built-library.mjs';
import { checkTable } from './check-table.mjs';

const table = JSON.parse(readFileSync(new URL('../fixtures/golden/encodings.json', import.meta.url), 'utf8'));
const { version, arch } = process;
const { v8 } = process.versions;
process.stdout.write(`${JSON.stringify({ node: version, v8, arch, ...checkTable(library, table) })}\n`);
