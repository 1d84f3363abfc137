import {
  InputError,
  requireInteger,
  requireNumber,
  requireRows,
  SnapshotReader,
  SnapshotWriter,
  sha256Hex,
} from '../../../core/index.ts';
import { GaussianTail } from '../anomaly/gaussian-tail.ts';
import { NearestKey } from '../anomaly/nearest-key.ts';

const HALF_SCORE = 4;
const SNAPSHOT_VERSION = 1;

/** Options of {@link createNoveltyHead}. */
export interface NoveltyHeadOptions {
  /** Numbers per encoding, 1..65536. */
  readonly width: number;
  /** Encodings averaged into one remembered scene, 1..1000. Default 50: half a second at 10 ms. */
  readonly sceneTokens?: number;
  /** Scenes remembered, 16..100000. Default 1200: ten minutes at the default `sceneTokens`. */
  readonly cacheScenes?: number;
  /** Scenes that are only learnt from, 1..100000. Default 20. */
  readonly warmupScenes?: number;
  /** 0..1, default 0.5. */
  readonly threshold?: number;
}

/** Says how new each encoding is against those before it. */
export interface NoveltyHead {
  readonly threshold: number;
  readonly stateBytes: number;
  /** `encodings` `[T, width]` → `[T]` scores in [0, 1); a score changes only where a scene ends. */
  push(encodings: Float32Array): Float64Array;
  reset(): void;
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
  clone(): NoveltyHead;
}

/**
 * Makes a head that judges encodings by their novelty: encodings are averaged over a scene, the distance to the nearest
 * scene remembered is held against the distances before it, and its Gaussian tail p gives the score n / (n + 4), n = -log10 p. Score 0.5
 * is thus one in ten thousand. The score of a scene stands until the next one ends. O(cacheScenes · width) per scene.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function createNoveltyHead(options: NoveltyHeadOptions): NoveltyHead {
  const shape = {
    width: requireInteger('width', options.width, { min: 1, max: 65_536 }),
    sceneTokens: requireInteger('sceneTokens', options.sceneTokens ?? 50, { min: 1, max: 1000 }),
    cacheScenes: requireInteger('cacheScenes', options.cacheScenes ?? 1200, { min: 16, max: 100_000 }),
    warmupScenes: requireInteger('warmupScenes', options.warmupScenes ?? 20, { min: 1, max: 100_000 }),
  };
  return new SceneNoveltyHead(shape, requireNumber('threshold', options.threshold ?? 0.5, { min: 0, max: 1 }));
}

type Shape = Readonly<Required<Omit<NoveltyHeadOptions, 'threshold'>>>;

class SceneNoveltyHead implements NoveltyHead {
  readonly threshold: number;
  readonly #shape: Shape;
  readonly #sum: Float64Array;
  readonly #scene: Float64Array;
  #keys: NearestKey;
  #tail: GaussianTail;
  #filled = 0;
  #tokens = 0;
  #score = 0;

  constructor(shape: Shape, threshold: number) {
    this.#shape = shape;
    this.threshold = threshold;
    this.#sum = new Float64Array(shape.width);
    this.#scene = new Float64Array(shape.width);
    this.#keys = openKeys(shape);
    this.#tail = new GaussianTail(shape.warmupScenes);
  }

  get stateBytes(): number {
    return this.#keys.stateBytes + 2 * this.#sum.byteLength;
  }

  push(encodings: Float32Array): Float64Array {
    const { width, sceneTokens } = this.#shape;
    const count = requireRows('encodings', encodings, width);
    const bad = encodings.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const token = this.#tokens + Math.floor(bad / width);
      throw new InputError(
        'VALUE_NOT_FINITE',
        `Expected channel ${bad % width} of encoding ${token} to be finite, got ${encodings[bad]}`,
      );
    }
    const scores = new Float64Array(count);
    for (let t = 0; t < count; t++) {
      for (let c = 0; c < width; c++) this.#sum[c] = (this.#sum[c] as number) + (encodings[t * width + c] as number);
      this.#filled += 1;
      if (this.#filled === sceneTokens) this.#endScene();
      scores[t] = this.#score;
    }
    this.#tokens += count;
    return scores;
  }

  reset(): void {
    this.#sum.fill(0);
    this.#keys = openKeys(this.#shape);
    this.#tail = new GaussianTail(this.#shape.warmupScenes);
    this.#filled = 0;
    this.#tokens = 0;
    this.#score = 0;
  }

  snapshot(): Uint8Array {
    const writer = new SnapshotWriter(this.#identity());
    for (const value of [this.#filled, this.#tokens, this.#score]) writer.float64(value);
    writer.array(this.#sum);
    this.#keys.save(writer);
    this.#tail.save(writer);
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes, this.#identity());
    const [filled, tokens, score] = [reader.float64(), reader.float64(), reader.float64()];
    const sum = reader.float64Array(this.#sum.length);
    const keys = openKeys(this.#shape);
    const tail = new GaussianTail(this.#shape.warmupScenes);
    keys.load(reader);
    tail.load(reader);
    reader.finish();
    this.#filled = filled;
    this.#tokens = tokens;
    this.#score = score;
    this.#sum.set(sum);
    this.#keys = keys;
    this.#tail = tail;
  }

  clone(): NoveltyHead {
    const twin = new SceneNoveltyHead(this.#shape, this.threshold);
    twin.restore(this.snapshot());
    return twin;
  }

  #endScene(): void {
    const { width, sceneTokens } = this.#shape;
    for (let c = 0; c < width; c++) this.#scene[c] = (this.#sum[c] as number) / sceneTokens;
    this.#sum.fill(0);
    this.#filled = 0;
    const novelty = this.#keys.push(this.#scene);
    if (Number.isNaN(novelty)) return;
    const rarity = this.#tail.push(novelty);
    this.#score = rarity / (rarity + HALF_SCORE);
  }

  #identity(): { kind: string; version: number; modelHash: string } {
    return { kind: 'novelty-head', version: SNAPSHOT_VERSION, modelHash: sha256Hex(JSON.stringify(this.#shape)) };
  }
}

function openKeys({ width, cacheScenes }: Shape): NearestKey {
  return new NearestKey({ width, keyTokens: 1, cacheTokens: cacheScenes, normalise: 'none' });
}
