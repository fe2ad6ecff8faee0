/**
 * The eight shapes as signed distance functions: negative inside, positive outside, in units in which a shape spans about −1 to 1,
 * x to the right and y down. Distances near the edge are exact or nearly so; that is where the picture uses them.
 */

export type Shape = (x: number, y: number) => number;

const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

const disc: Shape = (x, y) => length(x, y) - 0.9;

const square: Shape = (x, y) => box(x, y, 0.78, 0.78);

function box(x: number, y: number, halfWidth: number, halfHeight: number): number {
  const dx = Math.abs(x) - halfWidth;
  const dy = Math.abs(y) - halfHeight;
  return length(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0);
}

const SQRT3 = Math.sqrt(3);

/** Equilateral, point up, circumradius 1.05: the largest of the distances to its three sides, each 0.525 from the centre. */
const triangle: Shape = (x, y) => Math.max(y, (Math.abs(x) * SQRT3 - y) / 2) - 0.525;

// cos and sin of 36° (the star's half sector) in closed form.
const COS36 = (1 + Math.sqrt(5)) / 4;
const SIN36 = Math.sqrt(10 - 2 * Math.sqrt(5)) / 4;
const STAR_OUTER = 1.1;
const STAR_INNER = 0.45;
const STAR_EDGE_X = STAR_INNER * SIN36;
const STAR_EDGE_Y = STAR_OUTER - STAR_INNER * COS36;
const STAR_EDGE = Math.sqrt(STAR_EDGE_X * STAR_EDGE_X + STAR_EDGE_Y * STAR_EDGE_Y);

/** Five points, radii 1.1 and 0.45, one point up: folded into one half sector, then the distance to the line tip–notch. */
const star: Shape = (x, y) => {
  let px = Math.abs(x);
  let py = -y;
  // Two mirrorings across the border at 36° from the top bring any point into the half sector beside the upper tip.
  let over = px * COS36 - py * SIN36;
  if (over > 0) {
    px -= 2 * over * COS36;
    py += 2 * over * SIN36;
  }
  px = Math.abs(px);
  over = px * COS36 - py * SIN36;
  if (over > 0) {
    px -= 2 * over * COS36;
    py += 2 * over * SIN36;
    px = Math.abs(px);
  }
  return (px * STAR_EDGE_Y + (py - STAR_OUTER) * STAR_EDGE_X) / STAR_EDGE;
};

const cross: Shape = (x, y) => Math.min(box(x, y, 0.32, 0.95), box(x, y, 0.95, 0.32));

const ring: Shape = (x, y) => Math.abs(length(x, y) - 0.68) - 0.26;

const crescent: Shape = (x, y) => Math.max(length(x, y) - 0.95, 0.72 - length(x - 0.45, y));

const HEART_SCALE = 1.62;
const LOBE_RADIUS = Math.sqrt(2) / 4;

/** Two discs over a right-angled point, from (0, 0.55) at the point to ±0.6 across, enlarged to the others' size. */
const heart: Shape = (x, y) => {
  const px = Math.abs(x) / HEART_SCALE;
  const py = 0.55 - y / HEART_SCALE;
  if (px + py > 1) return (length(px - 0.25, py - 0.75) - LOBE_RADIUS) * HEART_SCALE;
  const along = Math.max(px + py, 0) / 2;
  const toNotch = length(px, py - 1);
  const toSide = length(px - along, py - along);
  return (px > py ? 1 : -1) * Math.min(toNotch, toSide) * HEART_SCALE;
};

/** By class name's noun, in the order of the classes. */
export const SHAPES: readonly { readonly name: string; readonly distance: Shape }[] = [
  { name: 'disc', distance: disc },
  { name: 'square', distance: square },
  { name: 'triangle', distance: triangle },
  { name: 'star', distance: star },
  { name: 'cross', distance: cross },
  { name: 'ring', distance: ring },
  { name: 'crescent', distance: crescent },
  { name: 'heart', distance: heart },
];
