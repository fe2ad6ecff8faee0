/** Output size of a window of `size` moved by `stride` over `input` zero-padded by `pad`: floor((input + 2·pad − size)/stride) + 1. */
export function windowedSize(input: number, size: number, stride: number, pad = 0): number {
  return Math.floor((input + 2 * pad - size) / stride) + 1;
}

/** First row and one past the last row of bin `index` of PyTorch's adaptive pooling of `input` rows to `size` bins. */
export function adaptiveBin(index: number, input: number, size: number): { readonly start: number; readonly end: number } {
  return { start: Math.floor((index * input) / size), end: Math.ceil(((index + 1) * input) / size) };
}
