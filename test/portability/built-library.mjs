// The built product as the golden cases want it: without RxJS, and without anything of Node. The same imports work in a browser.
import * as core from '../../dist/core/index.js';
import * as encoders from '../../dist/models/encoders.js';
import * as dsp from '../../dist/operators/dsp/index.js';

export const library = {
  ...encoders,
  ...dsp,
  Random: core.Random,
  arithmetic: core.arithmetic,
  sha256Hex: core.sha256Hex,
};
