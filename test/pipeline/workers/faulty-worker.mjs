// A model worker that ends, or stands still, at its work: before the samples that begin with a marked value are taken, as often as the test says.
import { parentPort, workerData } from 'node:worker_threads';

const { file, marks, shared } = workerData;
/** How often a mark still counts, and whether one that stands still may go on. */
const state = new Int32Array(shared);

const ENDS = {
  exit: () => process.exit(7),
  throw: () => {
    throw new TypeError('a fault of the test');
  },
  memory: () => {
    const held = [];
    for (;;) held.push(new Array(1000).fill(held.length));
  },
  // The clock of the worker fails inside the call, which the model does not expect.
  model: () => {
    const { bigint } = process.hrtime;
    process.hrtime.bigint = () => {
      process.hrtime.bigint = bigint;
      throw new RangeError('a fault inside the model');
    };
  },
  // Behind the answer.
  later: () => setImmediate(() => process.exit(8)),
  wait: () => Atomics.wait(state, 1, 0),
};

function meetFault(request) {
  const way = request.op === 'push' ? marks[request.samples[0]] : undefined;
  if (way === undefined || state[0] <= 0) return;
  Atomics.sub(state, 0, 1);
  ENDS[way]();
}

// Before the worker's own listener, which must be there when the first message comes.
const on = parentPort.on.bind(parentPort);
parentPort.on = (event, listener) =>
  on(event, (request) => {
    meetFault(request);
    listener(request);
  });
await import(file);
