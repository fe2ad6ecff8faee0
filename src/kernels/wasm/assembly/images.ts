/**
 * Copies one image [height, width, channels] into a larger one of zeros, so that windows need no test for the border.
 *
 * Pixel (r, c) lands at (r·dilation + top, c·dilation + left); what falls outside is left out. Dilation above 1 spreads the
 * gradient of a strided convolution.
 */
export function padImage(
  from: usize,
  height: i32,
  width: i32,
  channels: i32,
  to: usize,
  paddedHeight: i32,
  paddedWidth: i32,
  top: i32,
  left: i32,
  dilation: i32,
): void {
  const pixel = <usize>channels << 2;
  memory.fill(to, 0, <usize>(paddedHeight * paddedWidth) * pixel);
  for (let row = 0; row < height; row++) {
    const toRow = row * dilation + top;
    if (toRow < 0 || toRow >= paddedHeight) continue;
    const source = from + <usize>(row * width) * pixel;
    const target = to + <usize>(toRow * paddedWidth) * pixel;
    if (dilation == 1) {
      const first = max(0, -left);
      const end = min(width, paddedWidth - left);
      if (end > first) {
        memory.copy(target + <usize>(first + left) * pixel, source + <usize>first * pixel, <usize>(end - first) * pixel);
      }
    } else {
      for (let column = 0; column < width; column++) {
        const toColumn = column * dilation + left;
        if (toColumn < 0 || toColumn >= paddedWidth) continue;
        memory.copy(target + <usize>toColumn * pixel, source + <usize>column * pixel, pixel);
      }
    }
  }
}
