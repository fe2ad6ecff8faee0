/** A chart on screen as a picture of its own: styles written in, a title above, a ground below. */

/** Properties that give SVG its look; everything else is geometry and already in the markup. */
const LOOK = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-dashoffset', 'stroke-linecap', 'stroke-linejoin', 'opacity', 'visibility', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'paint-order'] as const;
const COLORS: ReadonlySet<string> = new Set(['fill', 'stroke']);
const PADDING = 16;
const TITLE_HEIGHT = 34;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param charts SVG elements to lay out one below the other
 * @param title  written at the top
 * @returns a standalone SVG document in the colours that are on screen
 */
export function chartSvg(charts: readonly SVGSVGElement[], title: string, caption: string): string {
  const root = document.documentElement;
  const color = (name: string): string => {
    // A custom property holds light-dark(); only a computed colour says which of the two applies.
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    root.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };
  const sizes = charts.map((chart) => chart.getBoundingClientRect());
  const width = Math.max(...sizes.map((size) => size.width)) + 2 * PADDING;
  const height = sizes.reduce((sum, size) => sum + size.height, TITLE_HEIGHT + 2 * PADDING);
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('xmlns', SVG);
  picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
  picture.setAttribute('width', String(width));
  picture.setAttribute('height', String(height));
  const font = getComputedStyle(document.body).fontFamily;
  picture.innerHTML = `<rect width="100%" height="100%" fill="${color('--surface')}"/>`;
  const write = (text: string, y: number, size: number, weight: number, fill: string): void => {
    const element = document.createElementNS(SVG, 'text');
    element.textContent = text;
    for (const [name, value] of Object.entries({ x: PADDING, y, fill, 'font-family': font, 'font-size': size, 'font-weight': weight })) element.setAttribute(name, String(value));
    picture.append(element);
  };
  write(title, PADDING + 12, 15, 600, color('--text'));
  write(caption, PADDING + 28, 11, 400, color('--text-3'));
  let top = TITLE_HEIGHT + PADDING;
  charts.forEach((chart, index) => {
    const copy = chart.cloneNode(true);
    if (!(copy instanceof SVGSVGElement)) return;
    writeLook(chart, copy);
    copy.setAttribute('x', String(PADDING));
    copy.setAttribute('y', String(top));
    copy.setAttribute('width', String(sizes[index]!.width));
    copy.setAttribute('height', String(sizes[index]!.height));
    picture.append(copy);
    top += sizes[index]!.height;
  });
  return new XMLSerializer().serializeToString(picture);
}

function writeLook(source: Element, copy: Element): void {
  const style = getComputedStyle(source);
  for (const name of LOOK) {
    const value = style.getPropertyValue(name);
    if (value !== '') copy.setAttribute(name, value.includes('(') && COLORS.has(name) ? plainColor(value) : value);
  }
  copy.removeAttribute('style');
  copy.removeAttribute('class');
  for (let i = 0; i < source.children.length; i++) writeLook(source.children[i]!, copy.children[i]!);
}

/** Mixed colours compute to oklab(), which few programs but browsers read; a pixel says them as sRGB. References to shapes stay. */
function plainColor(color: string): string {
  if (color.startsWith('url(') || color.startsWith('rgb')) return color;
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  if (!context) return color;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${r}, ${g}, ${b}, ${(a ?? 255) / 255})`;
}

/** The same picture as pixels, twice the size on screen. @throws Error where the browser cannot draw it */
export async function pngOf(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the canvas gave no picture'))), 'image/png');
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
