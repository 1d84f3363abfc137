// The exports of the module. Numbers that name places in memory count float32 numbers, not bytes; so do strides.
export { activate } from './activation';
export { attendCandidates, attendWindow, storeTable, storeWindow } from './caches';
export { addRows, divideRows, scaleRows } from './elementwise';
export { layerNorm } from './layer-norm';
export { chooseBuckets } from './lsh-hash';
export { linear } from './linear';
export { normaliseKeys } from './normalise-keys';
export { rotate } from './rotate';
export { storePinned } from './window-store';
