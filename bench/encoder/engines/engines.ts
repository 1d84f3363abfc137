import type { StreamEncoder } from '../../../core/index.ts';
import { createLongformer, createReformer } from '../../../models/index.ts';
import { ENCODER_CONFIGS } from '../configs.ts';
import { ENGINE_NAMES, type EngineName } from '../measurement.ts';
import { loadOnnxruntime, type Onnxruntime } from '../peers/onnxruntime.ts';
import { loadTensorflowNode, loadTensorflowWasm } from '../peers/tensorflow.ts';
import type { BenchModel, Engine, EngineEntry } from './engine.ts';
import { onnxruntimeConcat } from './onnxruntime-concat.ts';
import { onnxruntimeRing } from './onnxruntime-ring.ts';
import { ownEngine } from './own.ts';
import { onnxruntimeRecompute } from './recompute.ts';
import { tfjsNode, tfjsWasm } from './tfjs.ts';

/** The engines of this package. */
export const OWN_ENGINES = ['reference', 'wasm'] as const;

/** One of {@link OWN_ENGINES}. */
export type OwnEngineName = (typeof OWN_ENGINES)[number];

/** The engines asked for, in the order of {@link ENGINE_NAMES}; those that are not there say why. */
export async function findEngines(names: readonly EngineName[]): Promise<EngineEntry[]> {
  const entries: EngineEntry[] = [];
  for (const name of ENGINE_NAMES) if (names.includes(name)) entries.push(await FIND[name]());
  return entries;
}

const FIND: Readonly<Record<EngineName, () => EngineEntry | Promise<EngineEntry>>> = {
  reference: () => own('reference'),
  wasm: () => own('wasm'),
  'onnxruntime-ring': () => onnxruntime('onnxruntime-ring', onnxruntimeRing),
  'onnxruntime-concat': () => onnxruntime('onnxruntime-concat', onnxruntimeConcat),
  recompute: () => onnxruntime('recompute', onnxruntimeRecompute),
  'tfjs-wasm': async () => {
    const peer = await loadTensorflowWasm();
    return 'missing' in peer ? { name: 'tfjs-wasm', ...peer } : { engine: tfjsWasm(peer.loaded) };
  },
  'tfjs-node': () => {
    const peer = loadTensorflowNode();
    return 'missing' in peer ? { name: 'tfjs-node', ...peer } : { engine: tfjsNode(peer.loaded) };
  },
};

function onnxruntime(name: EngineName, engineOf: (ort: Onnxruntime) => Engine): EngineEntry {
  const peer = loadOnnxruntime();
  return 'missing' in peer ? { name, ...peer } : { engine: engineOf(peer.loaded) };
}

function own(name: OwnEngineName): EngineEntry {
  try {
    const tried = createLongformer({ ...ENCODER_CONFIGS.A, numLayers: 1, window: 1 }, { seed: 1 }, { engine: name });
    if (tried.engine !== name) return { name, missing: `this build computes with ${tried.engine} instead` };
  } catch (error) {
    return { name, missing: (error as Error).message };
  }
  return { engine: ownEngine(name, (model) => encoderWith(name, model)) };
}

/** The model's weights in another engine. */
function encoderWith(engine: OwnEngineName, model: BenchModel): StreamEncoder {
  return model.family === 'longformer'
    ? createLongformer(model.encoder.config, { weights: model.encoder.weights }, { engine })
    : createReformer(model.encoder.config, { weights: model.encoder.weights }, { engine });
}
