// Loaded into each thread before the program: the first worker thread ends when it comes to its fourth call with samples.
import { isMainThread, parentPort, threadId } from 'node:worker_threads';

if (!isMainThread && threadId === 1) {
  let pushes = 0;
  const on = parentPort.on.bind(parentPort);
  parentPort.on = (event, listener) =>
    on(event, (request) => {
      if (request.op === 'push') pushes += 1;
      if (pushes === 4) process.exit(9);
      listener(request);
    });
}
