/** A message as its fields by number; lengths and varints are read, nothing is known of their meaning. */
export type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

/** Reads a message of protocol buffers, for checks of what is written. */
export function readMessage(bytes: Uint8Array): Message {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('the message ends within a number');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('the message ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key % 8;
    const value = wire === 0 ? varint() : take(wire === 2 ? Number(varint()) : 4);
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

export function messages(message: Message, number: number): Message[] {
  return (message.get(number) ?? []).map((bytes) => readMessage(bytes as Uint8Array));
}

export function texts(message: Message, number: number): string[] {
  return (message.get(number) ?? []).map((bytes) => new TextDecoder().decode(bytes as Uint8Array));
}

/** Signed integers of 64 bits. */
export function integers(message: Message, number: number): number[] {
  return (message.get(number) ?? []).map((value) => Number(BigInt.asIntN(64, value as bigint)));
}

export function floats(message: Message, number: number): number[] {
  return (message.get(number) ?? []).map((value) => {
    const bytes = value as Uint8Array;
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  });
}
