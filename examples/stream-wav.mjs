// node examples/stream-wav.mjs FILE.wav: embeddings of a 16 kHz recording with the library, one line per second.
import { wavSource } from 'longwave/connectors';
import { createLongformer } from 'longwave/models';
import { concatAck, encode, logMel, pull } from 'longwave/operators';
import { lastValueFrom } from 'rxjs';

const encoder = createLongformer(
  { inputSize: 64, hiddenSize: 64, numLayers: 2, numHeads: 4, window: 512 },
  { seed: 1 },
);
let second = 0;

await lastValueFrom(
  pull(wavSource({ path: process.argv[2], channelMix: 'mono', chunkSamples: 16_000 }), { credits: 4 }).pipe(
    logMel(),
    encode(encoder),
    concatAck(async ({ encodings, width, startToken }) => {
      // The slower this is, the slower the file is read: at most four chunks exist at a time.
      console.log(
        `${second++} s: ${encodings.length / width} tokens from ${startToken} on, first value ${encodings[0]}`,
      );
    }),
  ),
);
