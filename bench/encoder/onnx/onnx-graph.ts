import {
  bytesField,
  type Fields,
  floatField,
  integerField,
  joinFields,
  messageField,
  stringField,
} from './protobuf.ts';

/** What a node may be told beside its inputs: an integer, a list of integers, or a float. */
export type OnnxAttribute = number | readonly number[] | { readonly float: number };

/** A node of the graph, see {@link OnnxGraph.node}. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  /** Names of its outputs; default one, made up. */
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** `com.microsoft` for the operators of onnxruntime itself. Default ONNX's own. */
  readonly domain?: 'com.microsoft';
}

// Numbers of fields and types: onnx.proto3 of the ONNX specification.
const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 10;
const OPSET = 21;

/** Collects the nodes of an ONNX model (onnx.ai, IR version 10, opset 21) and writes it as bytes. */
export class OnnxGraph {
  readonly #nodes: Uint8Array[] = [];
  readonly #constants: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  #made = 0;

  /** A float32 input. */
  input(name: string, shape: readonly number[]): string {
    this.#inputs.push(messageField(11, valueInfo(name, shape)));
    return name;
  }

  /** Declares that the float32 value `name` is given out. */
  output(name: string, shape: readonly number[]): void {
    this.#outputs.push(messageField(12, valueInfo(name, shape)));
  }

  /** A constant: float32, or int64. */
  constant(shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = this.#name('constant');
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const type = values instanceof Float32Array ? FLOAT : INT64;
    const fields = [
      ...shape.map((size) => integerField(1, size)),
      integerField(2, type),
      stringField(8, name),
      bytesField(9, bytes),
    ];
    this.#constants.push(messageField(5, fields));
    return name;
  }

  /** A constant shape. */
  shape(sizes: readonly number[]): string {
    return this.constant([sizes.length], BigInt64Array.from(sizes, BigInt));
  }

  /** Adds a node and gives the name of its first output. */
  node({ op, inputs, outputs = [this.#name(op)], attributes = {}, domain }: OnnxNode): string {
    const fields = [
      ...inputs.map((name) => stringField(1, name)),
      ...outputs.map((name) => stringField(2, name)),
      stringField(4, op),
      ...Object.entries(attributes).map(([name, value]) => messageField(5, attribute(name, value))),
      ...(domain === undefined ? [] : [stringField(7, domain)]),
    ];
    this.#nodes.push(messageField(1, fields));
    return outputs[0] as string;
  }

  /** Cuts `input` along `axis` into parts of the given sizes. */
  split(input: string, axis: number, sizes: readonly number[]): string[] {
    const outputs = sizes.map(() => this.#name('part'));
    this.node({ op: 'Split', inputs: [input, this.shape(sizes)], outputs, attributes: { axis } });
    return outputs;
  }

  reshape(input: string, sizes: readonly number[]): string {
    return this.node({ op: 'Reshape', inputs: [input, this.shape(sizes)] });
  }

  /** The model, ready to be loaded. */
  bytes(): Uint8Array {
    const graph = [...this.#nodes, stringField(2, 'encoder'), ...this.#constants, ...this.#inputs, ...this.#outputs];
    return joinFields([
      integerField(1, IR_VERSION),
      stringField(2, 'longwave'),
      messageField(7, graph),
      messageField(8, [stringField(1, ''), integerField(2, OPSET)]),
      messageField(8, [stringField(1, 'com.microsoft'), integerField(2, 1)]),
    ]);
  }

  #name(kind: string): string {
    this.#made += 1;
    return `${kind}_${this.#made}`;
  }
}

function valueInfo(name: string, shape: readonly number[]): Fields {
  const dims = shape.map((size) => messageField(1, [integerField(1, size)]));
  const tensor = [integerField(1, FLOAT), messageField(2, dims)];
  return [stringField(1, name), messageField(2, [messageField(1, tensor)])];
}

function attribute(name: string, value: OnnxAttribute): Fields {
  if (typeof value === 'number') return [stringField(1, name), integerAttribute(3, value), integerField(20, 2)];
  if ('float' in value) return [stringField(1, name), floatField(2, value.float), integerField(20, 1)];
  return [stringField(1, name), ...value.map((one) => integerAttribute(8, one)), integerField(20, 7)];
}

/** Integers of attributes may be negative: two's complement of 64 bits. */
function integerAttribute(number: number, value: number): Uint8Array {
  if (value >= 0) return integerField(number, value);
  const bytes: number[] = [number * 8];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) + 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}
