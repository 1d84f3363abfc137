import { describe } from 'vitest';
import { checkSnapshots } from '../../checks/encoder-snapshot-checks.ts';
import { longformersWithPrecision, reformersWithPrecision } from './precision-families.ts';

const integers = { engine: 'wasm', precisions: ['int16', 'int8'] } as const;

// What a stream gives however it is cut is in `identity.test.ts`.
describe('snapshots and clones of a Longformer with caches of integers', () => {
  checkSnapshots(longformersWithPrecision(integers));
});

describe('snapshots and clones of a Reformer with caches of integers', () => {
  checkSnapshots(reformersWithPrecision(integers));
});
