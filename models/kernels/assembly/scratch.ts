/** The first bytes of the memory are nobody's: kernels keep what they hold for a moment there. */
export const SCRATCH: usize = 0;
