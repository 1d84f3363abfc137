import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Three seconds at 16 kHz by the formula in `test/fixtures/yamnet/synthetic.json`: chirp, gated tone, noise. */
export function syntheticSound(): Float32Array {
  const sound = new Float32Array(48000);
  let state = 1;
  for (let n = 0; n < sound.length; n++) {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    const t = n / 16000;
    const chirp = 0.4 * Math.sin(2 * Math.PI * (150 * t + 600 * t * t));
    const tone = 0.2 * (Math.floor(4 * t) % 2) * Math.sin(2 * Math.PI * 3000 * t);
    sound[n] = chirp + tone + 0.02 * (state / 2 ** 31 - 1);
  }
  return sound;
}

/** Samples 160000..207999 of the recording in the npm package node-wav: 16-bit mono PCM after a 44-byte header. */
export function nodeWavSpeech(): Float32Array {
  const bytes = readFileSync(fileURLToPath(new URL('../../../node_modules/node-wav/file.wav', import.meta.url)));
  const start = bytes.indexOf('data') + 8;
  return Float32Array.from({ length: 48000 }, (_, i) => bytes.readInt16LE(start + 2 * (160000 + i)) / 32768);
}
