import { malformed, quote } from './faults.ts';
import { checkName } from './header.ts';
import { JsonCursor } from './json-cursor.ts';
import { decodeUtf8 } from './utf8.ts';

const MAX_FILE_NAME_LENGTH = 255;

/**
 * Reads a shard index, `{"metadata": {..}, "weight_map": {name: file}}`, and returns the file of each tensor. A file
 * must be a plain name that ends with `.safetensors`, so that no index leads out of its folder. The metadata are not
 * used: the `total_size` of public models is not reliable, and the shards say their sizes themselves.
 * @throws WeightsError `WEIGHTS_MALFORMED`.
 */
export function parseShardIndex(bytes: Uint8Array): ReadonlyMap<string, string> {
  const weightMap = new Map<string, string>();
  const cursor = new JsonCursor(decodeUtf8('the index', bytes));
  let found = false;
  cursor.members('the index', (key) => {
    if (key === 'metadata') {
      cursor.members('`metadata`', (field) => cursor.skipScalar(`\`metadata\` ${quote(field)}`));
    } else if (key === 'weight_map') {
      found = true;
      cursor.members('`weight_map`', (name) => {
        checkName(name);
        weightMap.set(name, checkFileName(name, cursor.string(`\`weight_map\` ${quote(name)}`)));
      });
    } else {
      throw malformed(`Expected the fields of the index to be metadata and weight_map, got ${quote(key)}`);
    }
  });
  cursor.end('the index');
  if (!found) throw malformed('Expected the index to have `weight_map`, got none');
  return weightMap;
}

function checkFileName(tensor: string, file: string): string {
  const plain = /^[^/\\:\p{Cc}]+\.safetensors$/u.test(file) && !file.includes('..') && !file.startsWith('.');
  if (!plain || file.length > MAX_FILE_NAME_LENGTH) {
    throw malformed(
      `Expected \`weight_map\` of ${quote(tensor)} to be a plain file name that ends with .safetensors, got ${quote(file)}`,
    );
  }
  return file;
}
