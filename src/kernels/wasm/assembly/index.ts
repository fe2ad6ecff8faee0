/**
 * The module's kernels. Each takes the address of its job (the class of that name, fields in order, four bytes each), which of how many
 * parts of the work to do and, where it has scratch, which thread's is its to write. It keeps nothing between calls: no globals, no stack in
 * memory, so that threads can run the same kernel over one memory.
 */
export { convolution } from './convolution';
export { filterGradient } from './filter-gradient';
export { winogradFilter, winogradConvolution } from './winograd-convolution';
export { winogradFilterGradient } from './winograd-filter-gradient';
export { product } from './product';
export { maxPool, maxPoolGradient, adaptivePool, adaptivePoolGradient } from './pooling';
export { reluGradient, dropout, channelSum } from './elementwise';
export { sgdUpdate, anchorPenalty } from './update';
export { assembleBatch } from './batch';
