import { checkEncoderFamily } from '../../checks/encoder-family-checks.ts';
import { longformerFamily, longformerInReference } from './longformer-family.ts';

checkEncoderFamily(longformerFamily);
checkEncoderFamily(longformerInReference);
