import { checkEncoderFamily } from '../../checks/encoder-family-checks.ts';
import { reformerFamily, reformerInReference } from './reformer-family.ts';

checkEncoderFamily(reformerFamily);
checkEncoderFamily(reformerInReference);
