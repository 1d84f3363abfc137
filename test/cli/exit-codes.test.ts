import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import {
  ConfigError,
  ConnectorError,
  InputError,
  ShapeError,
  StateError,
  WeightsError,
  WorkerError,
} from '../../core/index.ts';

describe('exitCodeOf', () => {
  it.each([
    [new ConfigError('CONFIG_INVALID', 'x'), 2],
    [new InputError('INPUT_EMPTY', 'x'), 3],
    [new ShapeError('SHAPE_MISMATCH', 'x'), 3],
    [new WeightsError('WEIGHTS_MISMATCH', 'x'), 3],
    [new ConnectorError('SINK_FAILED', 'x'), 4],
    [new WorkerError('WORKER_CRASHED', 'x'), 4],
    [new StateError('STREAM_ENDED', 'x'), 4],
    [new TypeError('x'), 1],
  ])('gives for %s the code that the README names', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
