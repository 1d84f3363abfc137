import { WeightsError } from '../../../../core/index.ts';

/** Bytes of a file with any header text and any data, and its length as it is unless told otherwise. */
export function rawFile(
  header: string | Uint8Array,
  data: ArrayLike<number> = [],
  headerLength?: number | bigint,
): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** One entry of a header as text; each part may be any JSON. */
export function entry(name: string, dtype: string, shape: string, offsets: string): string {
  return `${JSON.stringify(name)}:{"dtype":${JSON.stringify(dtype)},"shape":${shape},"data_offsets":${offsets}}`;
}

/** Bytes of numbers in the byte order of the file, whatever the host. */
export function littleEndian(
  bytesPerNumber: number,
  count: number,
  put: (view: DataView, at: number, i: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(bytesPerNumber * count);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) put(view, i * bytesPerNumber, i);
  return bytes;
}

/** The WeightsError that a call throws; anything else that it throws, or nothing, fails the test. */
export function faultOf(call: () => unknown): WeightsError {
  try {
    call();
  } catch (error) {
    if (error instanceof WeightsError) return error;
    throw error;
  }
  throw new TypeError('the call threw nothing');
}

/** As {@link faultOf}, for a promise. */
export async function rejectionOf(promise: Promise<unknown>): Promise<WeightsError> {
  const outcome = await promise.then(
    () => 'the promise was kept',
    (error: unknown) => error,
  );
  if (outcome instanceof WeightsError) return outcome;
  throw outcome;
}
