// The cases of fronts, heads and the arithmetic alone.

/** In place of a NaN, whose bits no machine promises. */
const NO_NUMBER = 1e300;

/** Noise over two slow square waves: levels, edges and something in every band. */
function makeSamples(library, { seed, samples, scale = 1 }) {
  const random = new library.Random(seed);
  return new Float64Array(samples).map((_, i) => {
    const level = (i % 97 < 48 ? 0.3 : -0.3) + (i % 1009 < 500 ? 0.2 : -0.2);
    return scale * (level + random.nextSymmetric(0.4));
  });
}

/** Samples to tokens. */
export function openFront(library, golden) {
  const samples = makeSamples(library, golden);
  const create =
    golden.kind === 'scale'
      ? () => new library.StreamingScale(golden.options)
      : () => new library.LogMelStream(golden.options);
  const width = golden.options.channels ?? 1;
  return {
    count: samples.length / width,
    open: () => {
      const stream = create();
      return {
        push: (from, to) => ({ output: stream.push(samples.slice(from * width, to * width)) }),
        flush: () => ({ output: stream.flush() }),
        snapshot: () => stream.snapshot(),
        restore: (bytes) => stream.restore(bytes),
      };
    },
  };
}

/** Verdicts on rows. */
export function openAnomaly(library, golden) {
  const rows = makeSamples(library, golden);
  const { channels } = golden.options;
  return {
    count: rows.length / channels,
    open: () => {
      const head = library.createAnomalyHead(golden.options);
      return {
        push: (from, to) => {
          const { scores, expected } = head.push(rows.slice(from * channels, to * channels));
          return { output: scores, expected: expected.map((value) => (Number.isNaN(value) ? NO_NUMBER : value)) };
        },
        flush: () => ({ output: new Float64Array(0), expected: new Float64Array(0) }),
        snapshot: () => head.snapshot(),
        restore: (bytes) => head.restore(bytes),
      };
    },
  };
}

/** Scores of encodings. */
export function openNovelty(library, golden) {
  const { width } = golden.options;
  const encodings = Float32Array.from(makeSamples(library, golden));
  return {
    count: encodings.length / width,
    open: () => {
      const head = library.createNoveltyHead(golden.options);
      return {
        push: (from, to) => ({ output: head.push(encodings.slice(from * width, to * width)) }),
        flush: () => ({ output: new Float64Array(0) }),
        snapshot: () => head.snapshot(),
        restore: (bytes) => head.restore(bytes),
      };
    },
  };
}

/** A task head over the encodings of a finite sequence. */
export function runTask(library, { config, seed, tokens }) {
  const random = new library.Random(seed);
  const weights = library.buildTaskWeights(config, (_, shape) =>
    new Float32Array(shape.reduce((product, size) => product * size, 1)).map(() => random.nextSymmetric(0.5)),
  );
  const encodings = new Float32Array(tokens * config.hiddenSize).map(() => random.nextSymmetric(2));
  return { output: library.createTaskHead(config, weights).run(encodings) };
}

/** Every function of the canonical arithmetic over numbers from small to large: where bits differ, this says first which. */
export function runArithmetic(library, { seed, numbers }) {
  const random = new library.Random(seed);
  const { arithmetic } = library;
  const x = new Float64Array(numbers).map(
    () => random.nextSymmetric(1) * arithmetic.powerOfTwo((random.nextUint32() % 24) - 16),
  );
  const float32 = (f) => Float32Array.from(x, (value) => f(Math.fround(value)));
  const pairs = new Float64Array(2 * numbers);
  for (let i = 0; i < numbers; i++) arithmetic.sinCos(x[i], pairs, 2 * i);
  return {
    random: Uint32Array.from(x, () => random.nextUint32()),
    normal: library.normalNumbers(random, numbers),
    exp: float32(arithmetic.exp),
    erf: float32(arithmetic.erf),
    expDouble: x.map(arithmetic.expDouble),
    logDouble: x.map((value) => arithmetic.logDouble(Math.abs(value) + 1e-9)),
    asinhDouble: x.map(arithmetic.asinhDouble),
    erfcDouble: x.map((value) => arithmetic.erfcDouble(Math.abs(value))),
    sinCos: pairs,
  };
}
