import { describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../../../models/weights/index.ts';
import { entry, faultOf, rawFile } from './raw-file.ts';

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
const zeros = (count: number): Uint8Array => new Uint8Array(count);
const a = (shape: string, offsets: string, dtype = 'F32'): string => `{${entry('a', dtype, shape, offsets)}}`;
const two = (first: string, second: string): string =>
  `{${entry('a', 'I8', '[4]', first)},${entry('b', 'I8', '[4]', second)}}`;
const whole = rawFile(a('[2]', '[0,8]'), zeros(8));

type Case = readonly [fault: string, bytes: Uint8Array, message: RegExp];

const broken: Readonly<Record<string, readonly Case[]>> = {
  'the length of the header': [
    ['an empty file', zeros(0), /at least 8 bytes, got 0/],
    ['a file that ends inside the length', whole.subarray(0, 7), /at least 8 bytes, got 7/],
    ['a file that ends after the length', whole.subarray(0, 8), /header length/],
    ['a file that ends inside the header', whole.subarray(0, 20), /header length .* in 2\.\.12/],
    ['a header length of 0', rawFile('{}', [], 0), /header length .*, got 0/],
    ['a header length of 1', rawFile('{}', [], 1), /header length .*, got 1/],
    ['a header longer than the file', rawFile('{}', [], 3), /header length .* in 2\.\.2, got 3/],
    ['a header length of 2^53 + 1', rawFile('{}', [], 2n ** 53n + 1n), /header length .*, got 9007199254740993/],
    ['a header length of 2^63', rawFile('{}', [], 2n ** 63n), /header length .*, got 9223372036854775808/],
    ['a header length of 2^64 - 1', rawFile('{}', [], 2n ** 64n - 1n), /header length .*, got 18446744073709551615/],
    [
      'a header of 100000001 bytes',
      rawFile('{}', zeros(100_000_000), 100_000_001),
      /header length .* in 2\.\.100000000,/,
    ],
  ],
  'the text of the header': [
    ['no JSON', rawFile('hello'), /start with \{/],
    ['an array', rawFile('[]'), /start with \{/],
    ['a space before the object', rawFile(' {}'), /start with \{/],
    ['a byte order mark', rawFile('\ufeff{}'), /start with \{/],
    ['an object that does not end', rawFile('{"a":'), /"a" .*got the end of the text/],
    ['a string that does not end', rawFile('{"a'), /key of the header .*got the end of the text/],
    ['a string that ends in a backslash', rawFile('{"a\\'), /key of the header .*got the end of the text/],
    ['a comma at the end', rawFile('{"__metadata__":{},}'), /key of the header to be a string/],
    ['a missing comma', rawFile('{"__metadata__":{}"a":{}}'), /comma or \}/],
    ['text after the object', rawFile('{} x'), /nothing after the header/],
    ['a zero byte after the object', rawFile('{}\0'), /nothing after the header/],
    ['a key without quotes', rawFile('{a:1}'), /key of the header to be a string/],
    ['a raw line break in a string', rawFile('{"a\nb":{}}'), /valid JSON string/],
    ['an unknown escape', rawFile('{"\\x41":{}}'), /valid JSON string/],
    ['half of a surrogate pair', rawFile('{"\\ud800":{}}'), /well-formed Unicode/],
    ['a comment', rawFile('{/**/}'), /key of the header/],
    ['bytes that are not UTF-8', rawFile(Uint8Array.from([...utf8('{"'), 0xff, ...utf8('":{}}')])), /valid UTF-8/],
    ['an overlong zero', rawFile(Uint8Array.from([...utf8('{"'), 0xc0, 0x80, ...utf8('":{}}')])), /valid UTF-8/],
    ['UTF-8 cut in a character', rawFile(Uint8Array.from([...utf8('{"a"'), 0xe2, 0x82])), /valid UTF-8/],
    ['a million arrays inside each other', rawFile(`{"a":${'['.repeat(1_000_000)}`), /"a" to start with \{/],
    ['a million objects inside each other', rawFile('{"a":'.repeat(1_000_000)), /fields of "a"/],
    ['arrays in a shape', rawFile(a(`[${'['.repeat(1_000_000)}`, '[0,4]')), /`shape` of "a"\[0\]/],
  ],
  'keys and names': [
    [
      'a tensor that comes twice',
      rawFile(`{${entry('a', 'I8', '[0]', '[0,0]')},${entry('a', 'I8', '[0]', '[0,0]')}}`),
      /keys of the header .*"a" twice/,
    ],
    [
      'a name that comes twice, once escaped',
      rawFile(`{${entry('a', 'I8', '[0]', '[0,0]')},"\\u0061":{}}`),
      /"a" twice/,
    ],
    ['`__proto__` twice', rawFile(`{${entry('__proto__', 'I8', '[0]', '[0,0]')},"__proto__":{}}`), /"__proto__" twice/],
    ['metadata twice', rawFile('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" twice/],
    ['a key of the metadata twice', rawFile('{"__metadata__":{"k":"1","k":"1"}}'), /`__metadata__` .*"k" twice/],
    ['a field twice', rawFile('{"a":{"dtype":"I8","dtype":"I8"}}'), /keys of "a" .*"dtype" twice/],
    [
      'a name of 1025 characters',
      rawFile(`{${entry('n'.repeat(1025), 'I8', '[0]', '[0,0]')}}`),
      /name of a tensor .*1024/,
    ],
    ['a name that is no tensor but `__proto__`', rawFile('{"__proto__":null}'), /"__proto__" to start with \{/],
    [
      'more than a million keys',
      rawFile(`{"__metadata__":{${Array.from({ length: 1_000_001 }, (_, i) => `"${i}":""`).join()}}}`),
      /`__metadata__` to have at most 1000000 keys/,
    ],
  ],
  'the metadata': [
    ['a number', rawFile('{"__metadata__":{"k":1}}'), /`__metadata__` "k" to be a string/],
    ['null', rawFile('{"__metadata__":{"k":null}}'), /`__metadata__` "k" to be a string/],
    ['an object', rawFile('{"__metadata__":{"k":{}}}'), /`__metadata__` "k" to be a string/],
    ['no object', rawFile('{"__metadata__":"k"}'), /`__metadata__` to start with \{/],
    [
      'a value with half of a surrogate pair',
      rawFile('{"__metadata__":{"k":"\\udfff"}}'),
      /`__metadata__` "k" .*Unicode/,
    ],
  ],
  'the fields of a tensor': [
    ['no dtype', rawFile('{"a":{"shape":[],"data_offsets":[0,0]}}'), /"a" .*no `dtype`/],
    ['no shape', rawFile('{"a":{"dtype":"I8","data_offsets":[0,0]}}'), /"a" .*no `shape`/],
    ['no data_offsets', rawFile('{"a":{"dtype":"I8","shape":[]}}'), /"a" .*no `data_offsets`/],
    ['no fields', rawFile('{"a":{}}'), /"a" .*no `dtype`/],
    ['an unknown field', rawFile('{"a":{"scale":1}}'), /fields of "a" .*"scale"/],
    ['a dtype that is a number', rawFile('{"a":{"dtype":1}}'), /`dtype` of "a" to be a string/],
    ['a shape that is a number', rawFile('{"a":{"shape":1}}'), /`shape` of "a" to start with \[/],
    ['no tensor but a string', rawFile('{"a":"b"}'), /"a" to start with \{/],
  ],
  'the shape': [
    ['a negative size', rawFile(a('[-1]', '[0,4]'), zeros(4)), /`shape` of "a"\[0\] .*integer/],
    ['minus zero', rawFile(a('[1,-0]', '[0,0]')), /`shape` of "a"\[1\] .*integer/],
    ['a fraction', rawFile(a('[1.5]', '[0,6]'), zeros(6)), /`shape` of "a"\[0\] .*integer/],
    ['an exponent', rawFile(a('[1e0]', '[0,4]'), zeros(4)), /`shape` of "a"\[0\] .*integer/],
    ['a size with a zero before it', rawFile(a('[01]', '[0,4]'), zeros(4)), /`shape` of "a"\[0\] .*integer/],
    ['a string', rawFile(a('["1"]', '[0,4]'), zeros(4)), /`shape` of "a"\[0\] .*integer/],
    ['a size of 2^53', rawFile(a('[9007199254740992]', '[0,4]'), zeros(4)), /`shape` of "a"\[0\] .*integer/],
    [
      'a size of a thousand digits',
      rawFile(a(`[${'9'.repeat(1000)}]`, '[0,4]'), zeros(4)),
      /`shape` of "a"\[0\] .*integer/,
    ],
    [
      'a product of 2^64, which is 0 in 64 bits',
      rawFile(a('[4294967296,4294967296]', '[0,0]')),
      /`shape` of "a" .*2\^53/,
    ],
    ['a product of 2^53 bytes', rawFile(a('[67108864,33554432]', '[0,0]')), /`shape` of "a" .*2\^53/],
    ['a huge product before a zero', rawFile(a('[67108864,67108864,67108864,0]', '[0,0]')), /`shape` of "a" .*2\^53/],
    ['33 dimensions', rawFile(a(`[${Array(33).fill(1).join()}]`, '[0,4]'), zeros(4)), /`shape` of "a" .*32/],
    [
      'fewer bytes than it asks for',
      rawFile(a('[2]', '[0,4]'), zeros(4)),
      /`data_offsets` of "a" to span 8 bytes .*got 4/,
    ],
    [
      'more bytes than it asks for',
      rawFile(a('[]', '[0,8]'), zeros(8)),
      /`data_offsets` of "a" to span 4 bytes .*got 8/,
    ],
  ],
  'the offsets': [
    ['a negative offset', rawFile(a('[1]', '[-4,0]')), /`data_offsets` of "a"\[0\] .*integer/],
    ['a fraction', rawFile(a('[1]', '[0,4.5]'), zeros(4)), /`data_offsets` of "a"\[1\] .*integer/],
    ['an offset of 2^53', rawFile(a('[1]', '[0,9007199254740992]')), /`data_offsets` of "a"\[1\] .*integer/],
    ['one number', rawFile(a('[1]', '[0]')), /`data_offsets` of "a" .*got 1/],
    ['no number', rawFile(a('[1]', '[]')), /`data_offsets` of "a" .*got 0/],
    ['three numbers', rawFile(a('[1]', '[0,4,8]'), zeros(8)), /`data_offsets` of "a" .*at most 2/],
    [
      'the end before the beginning',
      rawFile(a('[1]', '[4,0]'), zeros(4)),
      /`data_offsets` of "a" to rise, got \[4, 0\]/,
    ],
    ['an end outside the file', whole.subarray(0, whole.length - 1), /`data_offsets` of "a" to lie inside 7 bytes/],
    [
      'an end far outside the file',
      rawFile(a('[2251799813685247]', '[0,9007199254740988]'), zeros(8)),
      /`data_offsets` of "a" to lie inside 8 bytes/,
    ],
    [
      'tensors at the same place',
      rawFile(two('[0,4]', '[0,4]'), zeros(4)),
      /not to overlap, got "b" at byte 0 inside "a"/,
    ],
    [
      'tensors that overlap by a byte',
      rawFile(two('[3,7]', '[0,4]'), zeros(7)),
      /not to overlap, got "a" at byte 3 inside "b"/,
    ],
    [
      'an empty tensor inside another',
      rawFile(`{${entry('a', 'I8', '[4]', '[0,4]')},${entry('e', 'I8', '[0]', '[2,2]')}}`, zeros(4)),
      /not to overlap, got "e" at byte 2 inside "a"/,
    ],
    [
      'a hole between tensors',
      rawFile(two('[0,4]', '[5,9]'), zeros(9)),
      /without holes, got "b" at byte 5, "a" ends at 4/,
    ],
    ['a hole before the first tensor', rawFile(a('[1]', '[4,8]'), zeros(8)), /without holes, got "a" at byte 4/],
    ['bytes after the last tensor', rawFile(a('[1]', '[0,4]'), zeros(5)), /last tensor at byte 4, got 5 bytes/],
    ['data without a tensor', rawFile('{}', zeros(1)), /last tensor at byte 0, got 1 bytes/],
  ],
};

describe.each(Object.entries(broken))('parseSafetensors, %s', (_, cases) => {
  it.each(cases)('refuses %s', (_name, bytes, message) => {
    const fault = faultOf(() => parseSafetensors(bytes));
    expect(fault.code).toBe('WEIGHTS_MALFORMED');
    expect(fault.message).toMatch(message);
    expect(fault.message.length).toBeLessThan(400);
  });
});

describe('parseSafetensors', () => {
  it.each(['F8_E4M3', 'U64', 'f32', '__proto__', 'constructor', ''])(
    'refuses the dtype %j, naming it and the tensor',
    (dtype) => {
      const fault = faultOf(() => parseSafetensors(rawFile(a('[]', '[0,4]', dtype), zeros(4))));
      expect(fault.code).toBe('WEIGHTS_UNSUPPORTED');
      expect(fault.message).toMatch(/`dtype` of "a"/);
      expect(fault.message).toContain(`got ${JSON.stringify(dtype)}`);
    },
  );

  it('puts the source before the message', () => {
    const fault = faultOf(() => parseSafetensors(rawFile('[]'), { source: 'model.safetensors' }));
    expect(fault.message).toMatch(/^model\.safetensors: Expected the header to start/);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', ''])('takes %j for a name like any other', (name) => {
    const file = parseSafetensors(rawFile(`{${entry(name, 'I8', '[2]', '[0,2]')}}`, [1, 2]));
    expect([...file.tensors.keys()]).toEqual([name]);
    expect(file.read(name)).toEqual(Float32Array.of(1, 2));
  });

  it.each([
    ['no tensors', rawFile('{}'), []],
    ['empty metadata and space everywhere', rawFile('{ "__metadata__" : { } }\t\r\n  '), []],
    [
      'an empty tensor between two others',
      rawFile(
        `{${entry('b', 'I8', '[1]', '[1,2]')},${entry('e', 'F32', '[2,0]', '[1,1]')},${entry('a', 'I8', '[1]', '[0,1]')}}`,
        [7, 8],
      ),
      ['b', 'e', 'a'],
    ],
    ['32 dimensions', rawFile(a(`[${Array(32).fill(1).join()}]`, '[0,1]', 'I8'), [1]), ['a']],
  ])('reads a file with %s', (_name, bytes, names) => {
    expect([...parseSafetensors(bytes).tensors.keys()]).toEqual(names);
  });
});
