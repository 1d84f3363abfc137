// The cases that run encoders.

/** Streams of an encoder of either family, with the tokens that a case makes. */
export function openEncoder(library, golden, engine) {
  const encoder = createEncoder(library, golden, engine);
  const { tokens, kinds } = makeTokens(library, golden);
  const { inputSize } = encoder;
  return {
    count: golden.tokens,
    open: () => {
      const stream = encoder.open();
      return {
        push: (from, to) => ({
          output: stream.push(tokens.slice(from * inputSize, to * inputSize), kinds?.slice(from, to)),
        }),
        flush: () => ({ output: stream.flush() }),
        snapshot: () => stream.snapshot(),
        restore: (bytes) => stream.restore(bytes),
        close: () => stream.close(),
        more: () => (golden.config.readout === undefined ? {} : { readout: stream.readout() }),
      };
    },
  };
}

function createEncoder(library, golden, engine) {
  const { kind, config, seed, cachePrecision } = golden;
  const options = cachePrecision === undefined ? { engine } : { engine, cachePrecision };
  if (golden.zeroBiases) return library.createLongformer(config, { weights: withoutBiases(library, golden) }, options);
  const create = kind.startsWith('longformer') ? library.createLongformer : library.createReformer;
  return create(config, { seed }, options);
}

/** With them, numbers below the normal range would vanish in the first sum. */
function withoutBiases(library, { config, seed }) {
  const resolved = library.resolveLongformerConfig(config);
  const weights = library.seededWeights(resolved, seed);
  for (const [name, array] of library.longformerTensors(resolved, weights)) if (name.endsWith('.bias')) array.fill(0);
  return weights;
}

/** `[tokens, inputSize]` from the seed: numbers in ±`scale` (default 1), or ids, token types and positions. */
function makeTokens(library, golden) {
  const { config, seed, tokens: count, scale = 1 } = golden;
  const random = new library.Random(seed + 1000);
  const limits = [config.vocabSize, config.typeVocabSize, config.maxPositions];
  const tokens = new Float32Array(count * config.inputSize).map((_, i) =>
    config.input === 'ids' ? random.nextUint32() % limits[i % config.inputSize] : random.nextSymmetric(scale),
  );
  return { tokens, kinds: makeKinds(golden, random) };
}

/** Kinds of tokens where a case has some that are masked or global: `masked` and `global` are their shares. */
function makeKinds({ tokens, masked, global }, random) {
  if (masked === undefined && global === undefined) return undefined;
  return new Uint8Array(tokens).map(() => {
    const unit = random.nextUnit();
    return unit < (masked ?? 0) ? 0 : unit < (masked ?? 0) + (global ?? 0) ? 2 : 1;
  });
}

/** A finite sequence at once. */
export function runSequence(library, golden, engine) {
  const { tokens, kinds } = makeTokens(library, golden);
  const sequence = kinds === undefined ? { tokens } : { tokens, kinds };
  const { encodings, readout } = createEncoder(library, golden, engine).encodeSequence(sequence);
  return golden.config.readout === undefined ? { output: encodings } : { output: encodings, readout };
}
