/**
 * Writers of protocol buffer fields (the wire format of "Protocol Buffers: Encoding"): a message is the list of its fields,
 * each field a run of bytes.
 */
export type Fields = readonly Uint8Array[];

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const encoder = new TextEncoder();

/** An integer field, 0..2^53 - 1. */
export function integerField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(number * 8 + VARINT), ...varint(value)]);
}

/** A float32 field. */
export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return Uint8Array.from([...varint(number * 8 + FIXED32), ...bytes]);
}

export function stringField(number: number, text: string): Uint8Array {
  return bytesField(number, encoder.encode(text));
}

/** A field that holds another message. */
export function messageField(number: number, fields: Fields): Uint8Array {
  return bytesField(number, joinFields(fields));
}

export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return joinFields([Uint8Array.from([...varint(number * 8 + LENGTH_DELIMITED), ...varint(bytes.length)]), bytes]);
}

/** The bytes of a message. */
export function joinFields(fields: Fields): Uint8Array {
  const joined = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    joined.set(field, at);
    at += field.length;
  }
  return joined;
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
