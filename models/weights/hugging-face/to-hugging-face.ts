import type { EncoderModel } from '../encoder-model.ts';
import { longformerToHuggingFace } from './longformer-to-hugging-face.ts';
import { reformerToHuggingFace } from './reformer-to-hugging-face.ts';
import type { HuggingFaceFiles } from './written-config.ts';

/**
 * A model under the names of Hugging Face; what its file said before is kept in the configuration. The rotations of a
 * Reformer and the rule of its streams are left out, because there is no place for them.
 * @throws ConfigError `CONFIG_INVALID`, naming the first field that the model of Hugging Face cannot have
 */
export function toHuggingFace(model: EncoderModel): HuggingFaceFiles {
  const { encoder } = model;
  return encoder.family === 'longformer'
    ? longformerToHuggingFace({ ...model, encoder })
    : reformerToHuggingFace({ ...model, encoder });
}
