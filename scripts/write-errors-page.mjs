// Writes docs/errors.md from the table in core/errors.ts.
import { writeFileSync } from 'node:fs';
import { setUp } from './setup.mjs';

setUp();
const { ERROR_CODES } = await import('../dist/core/index.js');
const rows = Object.entries(ERROR_CODES).map(([code, [name, meaning]]) => `| \`${code}\` | \`${name}\` | ${meaning} |`);
writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  `# Errors

Every error is a \`LongwaveError\` with a stable \`code\`, a flag \`retryable\` and, where another error is behind it, a \`cause\`.
An \`InputError\` also has \`place\`: source, row, byte offset, or topic, partition and offset, as far as they are known.
Messages have the form "Expected … to be …, got …".

The command line ends with 2 for \`ConfigError\`, 3 for \`InputError\`, \`ShapeError\`, \`LateEventError\` and \`WeightsError\`, 4 for the others.
In a Kafka pipeline a record with an \`InputError\` or \`ShapeError\` goes to the dead-letter topic and its partition goes on.

This page is written by \`node scripts/write-errors-page.mjs\`.

| code | class | meaning |
|---|---|---|
${rows.join('\n')}
`,
);
