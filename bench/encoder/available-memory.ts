import { freemem } from 'node:os';

/** The part of what is free that a measurement may take. */
const SHARE = 0.85;

/** Bytes that this process may take without pressing others. */
export function availableMemory(): number {
  return SHARE * Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
