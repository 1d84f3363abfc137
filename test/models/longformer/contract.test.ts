import { checkEncoderFamily } from '../../checks/encoder-family-checks.ts';
import { longformerFamily } from './longformer-family.ts';

checkEncoderFamily(longformerFamily);
