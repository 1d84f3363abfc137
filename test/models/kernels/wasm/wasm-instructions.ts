/** An instruction of a WebAssembly function: its opcode, and the second one behind a prefix byte. */
export interface Instruction {
  readonly opcode: number;
  readonly extended: number;
}

const CODE_SECTION = 10;
const DATA_SECTION = 11;
const [END, MISC_PREFIX, SIMD_PREFIX] = [0x0b, 0xfc, 0xfd];

/** Ids of the sections of a module, in order. */
export function sectionsOf(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length; ) {
    ids.push(reader.byte());
    const size = reader.varint();
    reader.at += size;
  }
  return ids;
}

/** Whether a module brings data of its own into the memory. */
export function hasData(bytes: Uint8Array): boolean {
  return sectionsOf(bytes).includes(DATA_SECTION);
}

/** All instructions of a module (WebAssembly core specification 2.0, section 5.4); an opcode that is not known is an error. */
export function instructionsOf(bytes: Uint8Array): Instruction[] {
  const reader = new Reader(bytes, 8);
  const found: Instruction[] = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.varint();
    if (id !== CODE_SECTION) {
      reader.at += size;
      continue;
    }
    for (let left = reader.varint(); left > 0; left--) readFunction(reader, found);
  }
  return found;
}

function readFunction(reader: Reader, found: Instruction[]): void {
  const size = reader.varint();
  const end = reader.at + size;
  for (let groups = reader.varint(); groups > 0; groups--) {
    reader.varint();
    reader.byte();
  }
  while (reader.at < end) found.push(readInstruction(reader));
  if (reader.at !== end) throw new RangeError(`Expected a function to end at ${end}, got ${reader.at}`);
}

function readInstruction(reader: Reader): Instruction {
  const opcode = reader.byte();
  if (opcode === SIMD_PREFIX) return { opcode, extended: readSimd(reader) };
  if (opcode === MISC_PREFIX) {
    const extended = reader.varint();
    // Saturating conversions have no operand, memory.copy has two, memory.fill one.
    reader.at += extended < 8 ? 0 : extended === 10 ? 2 : extended === 11 ? 1 : refuse(opcode, extended);
    return { opcode, extended };
  }
  if (opcode === 0x0e) for (let labels = reader.varint() + 1; labels > 0; labels--) reader.varint();
  else if (opcode === 0x43) reader.at += 4;
  else if (opcode === 0x44) reader.at += 8;
  else if (opcode >= 0x28 && opcode <= 0x3e) reader.skip(2);
  else if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x3f, 0x40, 0x41, 0x42].includes(opcode))
    reader.skip(1);
  else if (
    !(opcode <= END || opcode === 0x0f || opcode === 0x1a || opcode === 0x1b || (opcode >= 0x45 && opcode <= 0xc4))
  )
    refuse(opcode, 0);
  return { opcode, extended: 0 };
}

function readSimd(reader: Reader): number {
  const extended = reader.varint();
  if (extended <= 11 || extended === 92 || extended === 93) reader.skip(2);
  else if (extended === 12 || extended === 13) reader.at += 16;
  else if (extended >= 21 && extended <= 34) reader.at += 1;
  else if (extended >= 84 && extended <= 91) {
    reader.skip(2);
    reader.at += 1;
  }
  return extended;
}

function refuse(opcode: number, extended: number): never {
  throw new RangeError(`Expected a known instruction, got ${opcode} ${extended}`);
}

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++] as number;
  }

  /** An unsigned LEB128 number below 2^32; of a signed or longer one only the length is right. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  skip(numbers: number): void {
    for (let i = 0; i < numbers; i++) this.varint();
  }
}
