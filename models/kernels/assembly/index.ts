// The exports of the module. Numbers that name places in memory count float32 numbers, not bytes; so do strides.
export { activate } from './activation';
export { attendCandidates, attendWindow, storeTable, storeWindow } from './cache-float32';
export { attendCandidatesInt16, attendWindowInt16, storeTableInt16, storeWindowInt16 } from './cache-int16';
export { attendCandidatesInt8, attendWindowInt8, storeTableInt8, storeWindowInt8 } from './cache-int8';
export { addRows, divideRows, scaleRows } from './elementwise';
export { layerNorm } from './layer-norm';
export { chooseBuckets } from './lsh-hash';
export { linear } from './linear';
export { normaliseKeys } from './normalise-keys';
export { rotate } from './rotate';
export { storePinned } from './window-store';
