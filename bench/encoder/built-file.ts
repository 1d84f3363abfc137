import { fileURLToPath } from 'node:url';

/** The built file of a thread or process, `NAME.js` beside this one in `dist`; also when the caller runs from the sources. */
export function builtFile(name: string): string {
  const here = fileURLToPath(import.meta.url);
  const base = here.endsWith('.ts') ? '../../dist/bench/encoder/' : './';
  return fileURLToPath(new URL(`${base}${name}.js`, import.meta.url));
}
