import { checkEncoderFamily } from '../../checks/encoder-family-checks.ts';
import { reformerFamily } from './reformer-family.ts';

checkEncoderFamily(reformerFamily);
