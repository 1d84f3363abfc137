import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command that installs the engines of others. */
export const INSTALL_PEERS = 'npm run bench:peers';

/** A package of another engine: loaded, or the reason why not. */
export type Peer<T> = { readonly loaded: T } | { readonly missing: string };

/**
 * Loads a package from `bench/peers`, where the engines of others live outside this package's own dependencies.
 * @param name its name there
 */
export function loadPeer<T>(name: string): Peer<T> {
  const folder = peersFolder();
  if (folder === undefined) return { missing: `${name} is not installed: bench/peers is only in a checkout` };
  const require = createRequire(join(folder, 'package.json'));
  try {
    require.resolve(name);
  } catch {
    return { missing: `${name} is not installed; \`${INSTALL_PEERS}\` installs it` };
  }
  try {
    return { loaded: require(name) as T };
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return { missing: `${name} does not load here: ${line}` };
  }
}

/** The path of a file inside a package of `bench/peers` that is installed. */
export function peerFolder(name: string): string {
  return dirname(createRequire(join(peersFolder() as string, 'package.json')).resolve(name));
}

/** `bench/peers` beside this file's folder, from the sources or from `dist`. */
function peersFolder(): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'bench', 'peers');
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return undefined;
}
