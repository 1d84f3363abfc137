import { readFileSync } from 'node:fs';

/** The version in package.json, read from beside `dist` or the sources. */
export function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // Not this place.
    }
  }
  return 'unknown';
}
