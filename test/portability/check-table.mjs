import { enginesOf, runCase } from './golden-cases.mjs';

/**
 * Runs every case of a table on every engine of this host and compares.
 * @returns `{ engines, checks, differences }`: engines that ran, number of digests compared, and those that differ
 */
export function checkTable(library, table) {
  const engines = library.ENGINES.filter((engine) => isThere(library, engine));
  const differences = [];
  let checks = 0;
  for (const golden of table.cases) {
    for (const engine of enginesOf(golden, engines)) {
      for (const { split, digests } of runCase(library, golden, engine)) {
        const names = new Set([...Object.keys(digests), ...Object.keys(golden.sha256)]);
        for (const name of names) {
          checks += 1;
          // What a restored stream gives is what the stream would have given.
          const expected = golden.sha256[name === 'resumed' ? 'output' : name];
          if (digests[name] !== expected) {
            differences.push({ case: golden.name, engine, split, name, expected, actual: digests[name] });
          }
        }
      }
    }
  }
  return { engines, checks, differences };
}

/** The digests of a case for the table: those of the plain TypeScript engine, in one call. */
export function digestsForTable(library, golden) {
  const [{ digests }] = runCase(library, golden, enginesOf(golden, ['reference'])[0]);
  const { resumed: _, ...kept } = digests;
  return kept;
}

function isThere(library, engine) {
  try {
    library.createLongformer({ inputSize: 1, hiddenSize: 2, numLayers: 1, numHeads: 1 }, { seed: 0 }, { engine });
    return true;
  } catch (error) {
    if (error.code === 'CONFIG_INVALID') return false;
    throw error;
  }
}
