import { createRequire } from 'node:module';
import { type Codec, CodecError, type Compression } from './codec.ts';
import { type Lz4Package, lz4Codec } from './lz4-codec.ts';
import { type SnappyPackage, snappyCodec } from './snappy-codec.ts';
import { gzipCodec, zstdCodec } from './zlib-codecs.ts';

/** The optional package that a codec needs, as npm takes it. */
const PACKAGES = { snappy: { name: 'snappy', version: 7 }, lz4: { name: 'lz4-napi', version: 2 } } as const;

type Optional = keyof typeof PACKAGES;

const loaded = new Map<Compression, Promise<Codec>>();

/**
 * The codec of a compression. Optional packages are loaded when they are wanted first.
 * @throws CodecError `DEPENDENCY_MISSING` that names what to install
 */
export function loadCodec(compression: Exclude<Compression, 'none'>): Promise<Codec> {
  const known = loaded.get(compression);
  if (known !== undefined) return known;
  const codec = load(compression);
  loaded.set(compression, codec);
  codec.catch(() => loaded.delete(compression)); // it may be installed meanwhile
  return codec;
}

/** What is missing here for a compression, as a sentence; `undefined` where nothing is. Loads nothing. */
export function missingForCodec(compression: Compression): string | undefined {
  if (compression === 'snappy' || compression === 'lz4') {
    try {
      createRequire(import.meta.url).resolve(PACKAGES[compression].name);
      return undefined;
    } catch {
      return missing(compression);
    }
  }
  try {
    if (compression === 'zstd') zstdCodec();
    return undefined;
  } catch (error) {
    return (error as CodecError).message;
  }
}

async function load(compression: Exclude<Compression, 'none'>): Promise<Codec> {
  switch (compression) {
    case 'gzip':
      return gzipCodec;
    case 'zstd':
      return zstdCodec();
    case 'snappy':
      return snappyCodec((await optional('snappy')) as SnappyPackage);
    case 'lz4':
      return lz4Codec((await optional('lz4')) as Lz4Package);
  }
}

async function optional(compression: Optional): Promise<unknown> {
  const { name } = PACKAGES[compression];
  try {
    const found = (await import(name)) as { readonly default?: unknown };
    return found.default ?? found;
  } catch (cause) {
    // Also where it is there without the part for this platform.
    throw new CodecError(missing(compression), { code: 'DEPENDENCY_MISSING', cause });
  }
}

function missing(compression: Optional): string {
  const { name, version } = PACKAGES[compression];
  return `Expected the package \`${name}\` to be installed, because records are compressed with ${compression}: \`npm install ${name}@${version}\``;
}
