import { SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import { areCacheRows, type CacheNumbers, type CachePrecision, type CacheRows } from '../kernels/index.ts';

/** Writes keys and values as they are stored; the scales of integers come behind them. */
export function writeCacheRows(
  writer: SnapshotWriter,
  { numbers, scales }: CacheRows,
  precision: CachePrecision,
): void {
  writer.array(numbers);
  if (precision !== 'float32') writer.array(scales);
}

/**
 * Reads what {@link writeCacheRows} wrote.
 * @throws SnapshotError when there are not `vectors` keys and values, or an integer or a scale is out of its range
 */
export function readCacheRows(
  reader: SnapshotReader,
  precision: CachePrecision,
  size: { readonly vectors: number; readonly headDim: number },
): CacheRows {
  const numbers = readNumbers(reader, precision, size.vectors * size.headDim);
  const scales = precision === 'float32' ? new Float32Array(0) : reader.float32Array(size.vectors);
  const rows = { numbers, scales };
  if (areCacheRows(precision, rows)) return rows;
  throw new SnapshotError(
    'SNAPSHOT_CORRUPT',
    `Expected the ${precision} keys and values of a layer and their scales to be in their ranges`,
  );
}

function readNumbers(reader: SnapshotReader, precision: CachePrecision, length: number): CacheNumbers {
  switch (precision) {
    case 'float32':
      return reader.float32Array(length);
    case 'int16':
      return reader.int16Array(length);
    case 'int8':
      return reader.int8Array(length);
    default:
      return precision satisfies never;
  }
}
