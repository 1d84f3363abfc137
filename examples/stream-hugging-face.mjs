// node examples/stream-hugging-face.mjs DIRECTORY: token ids through a Longformer that `save_pretrained` has written.
import { loadModel } from 'longwave/models';

// An endless stream outlives the learned positions of a model, so they begin again after the last one.
const { encoder } = await loadModel(process.argv[2], { overrides: { positionPolicy: 'recycle' } });
console.log(`${encoder.parameterCount} parameters, output ${encoder.latencyTokens} tokens behind the input`);

const stream = encoder.open();
let token = 0;
for (let block = 0; block < 10; block++) {
  // Made-up ids; a tokenizer's would come here, as many as there are.
  show(stream.push(Float32Array.from({ length: 10 }, (_, i) => 3 + ((10 * block + i) % 89))));
}
// The end: what look-ahead still owes.
show(stream.flush());

function show(encodings) {
  const count = encodings.length / encoder.outputSize;
  console.log(`${count} encodings from token ${token} on, first value ${encodings[0] ?? 'none yet'}`);
  token += count;
}
