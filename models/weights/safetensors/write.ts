import type { WritableDtype } from './dtype.ts';
import { encodeValues, type TensorData } from './encode.ts';
import { malformed, quote } from './faults.ts';
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA_KEY } from './header.ts';
import { checkText, type PlannedTensor, planTensors } from './plan.ts';

/** Data start at a multiple of this, which fits every dtype. */
const ALIGNMENT_BYTES = 8;

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Free text of the file, written in the order of its keys. Default: none. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** Of the tensors that name none themselves. Default: `F32`. */
  readonly dtype?: WritableDtype;
}

/**
 * Writes tensors as a safetensors file. The same tensors give the same bytes, in whatever order the map holds them.
 * NaN is written as the quiet NaN of its format.
 * @throws WeightsError `WEIGHTS_MALFORMED` for a name, shape or metadata that no file may hold, `WEIGHTS_MISMATCH` when
 * shape and values differ, `WEIGHTS_UNSUPPORTED` for a number that an integer dtype does not hold.
 * @throws ConfigError `CONFIG_INVALID` for a dtype that cannot be written.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  options: WriteSafetensorsOptions = {},
): Uint8Array {
  return writePlanned(planTensors(tensors, options.dtype), options.metadata);
}

/** Writes tensors that are checked and in the order of the file. */
export function writePlanned(
  tensors: readonly PlannedTensor[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const header = headerText(tensors, metadata);
  const dataStart = LENGTH_BYTES + header.length;
  const dataBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const file = new Uint8Array(dataStart + dataBytes);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  file.set(header, LENGTH_BYTES);
  let begin = dataStart;
  for (const { name, dtype, values, bytes } of tensors) {
    encodeValues(values, { name, dtype, view, begin });
    begin += bytes;
  }
  return file;
}

/** The header, padded with spaces to the alignment. Written by hand: an object would lose a tensor `__proto__`. */
function headerText(tensors: readonly PlannedTensor[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const entries: string[] = [];
  if (metadata.size > 0) entries.push(`"${METADATA_KEY}":{${metadataText(metadata)}}`);
  let begin = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    const end = begin + bytes;
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`,
    );
    begin = end;
  }
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = new Uint8Array(Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES).fill(0x20);
  padded.set(text);
  if (padded.length > MAX_HEADER_BYTES) {
    throw malformed(`Expected the header to have at most ${MAX_HEADER_BYTES} bytes, got ${padded.length}`);
  }
  return padded;
}

function metadataText(metadata: ReadonlyMap<string, string>): string {
  const entries = [...metadata].sort(([a], [b]) => (a < b ? -1 : 1));
  return entries
    .map(([key, value]) => {
      checkText('a key of `metadata`', key);
      checkText(`\`metadata\` ${quote(key)}`, value);
      return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    })
    .join(',');
}
