/**
 * Structural check of image files before they are stored: is it a JPEG, PNG, WebP or GIF, is it whole, and how large is the picture.
 * Nothing is decoded; what passes may still turn out undecodable, but cut and foreign files are found here, and giants are refused
 * before anything allocates their pixels.
 */
import { describeContent, matches } from './file-kind.ts';

export interface ImageFacts {
  readonly format: 'jpeg' | 'png' | 'webp' | 'gif';
  /** As stored, before any EXIF rotation. */
  readonly width: number;
  readonly height: number;
}

/** The largest picture stored: decoding needs four bytes a pixel. */
export const MAX_IMAGE_PIXELS = 100_000_000;

/** @returns the facts, or why this is no usable image file, in words that fit after its name */
export function inspectImage(bytes: Uint8Array): ImageFacts | string {
  if (bytes.length === 0) return 'the file is empty';
  const facts = matches(bytes, '\xff\xd8\xff')
    ? inspectJpeg(bytes)
    : matches(bytes, '\x89PNG\r\n\x1a\n')
      ? inspectPng(bytes)
      : matches(bytes, 'GIF87a') || matches(bytes, 'GIF89a')
        ? inspectGif(bytes)
        : matches(bytes, 'RIFF') && matches(bytes, 'WEBP', 8)
          ? inspectWebp(bytes)
          : `not a JPEG, PNG, WebP or GIF image: this is ${describeContent(bytes)}`;
  if (typeof facts === 'string') return facts;
  if (facts.width < 1 || facts.height < 1) return `the header says ${facts.width} × ${facts.height} pixels`;
  if (facts.width * facts.height > MAX_IMAGE_PIXELS) {
    return `${facts.width} × ${facts.height} pixels are more than the limit of ${MAX_IMAGE_PIXELS / 1e6} million`;
  }
  return facts;
}

const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;
const u16le = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8);
const u24le = (b: Uint8Array, at: number): number => u16le(b, at) | (b[at + 2]! << 16);
const u32 = (b: Uint8Array, at: number): number => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

/** Walks the segments to the scan, noting the frame's size; then an end-of-image marker must come, for entropy-coded data hold none. */
function inspectJpeg(b: Uint8Array): ImageFacts | string {
  let at = 2;
  let facts: ImageFacts | null = null;
  for (;;) {
    if (at + 4 > b.length) return 'the JPEG ends in its header';
    if (b[at] !== 0xff) return 'the JPEG’s header is damaged';
    const marker = b[at + 1]!;
    // Fill bytes, and markers without a length.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    if (marker === 0xd9) return 'the JPEG has no picture in it';
    const length = u16(b, at + 2);
    if (length < 2) return 'the JPEG’s header is damaged';
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      if (length < 8 || at + 9 > b.length) return 'the JPEG’s header is damaged';
      facts = { format: 'jpeg', height: u16(b, at + 5), width: u16(b, at + 7) };
    }
    at += 2 + length;
    if (marker === 0xda) break;
  }
  if (!facts) return 'the JPEG’s header gives no size';
  for (let end = b.length - 2; end >= at; end--) {
    if (b[end] === 0xff && b[end + 1] === 0xd9) return facts;
  }
  return 'the JPEG is cut short (no end-of-image marker)';
}

function inspectPng(b: Uint8Array): ImageFacts | string {
  if (b.length < 33 || !matches(b, 'IHDR', 12)) return 'the PNG’s header is damaged';
  let hasData = false;
  for (let at = 8; at + 12 <= b.length; at += 12 + u32(b, at)) {
    if (matches(b, 'IDAT', at + 4)) hasData = true;
    if (matches(b, 'IEND', at + 4)) {
      return hasData ? { format: 'png', width: u32(b, 16), height: u32(b, 20) } : 'the PNG has no picture in it';
    }
  }
  return 'the PNG is cut short (no IEND chunk)';
}

/** To the end of the first frame, which is the one that is used. */
function inspectGif(b: Uint8Array): ImageFacts | string {
  const short = 'the GIF is cut short';
  if (b.length < 13) return short;
  const facts: ImageFacts = { format: 'gif', width: u16le(b, 6), height: u16le(b, 8) };
  const skipBlocks = (from: number): number => {
    let at = from;
    while (at < b.length && b[at] !== 0) at += 1 + b[at]!;
    return at + 1;
  };
  const palette = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + palette(b[10]!);
  while (at < b.length) {
    if (b[at] === 0x21) at = skipBlocks(at + 2);
    else if (b[at] === 0x2c) {
      if (at + 11 > b.length) return short;
      const end = skipBlocks(at + 11 + palette(b[at + 9]!));
      return end <= b.length ? facts : short;
    } else return b[at] === 0x3b ? 'the GIF has no picture in it' : 'the GIF is damaged';
  }
  return short;
}

function inspectWebp(b: Uint8Array): ImageFacts | string {
  if (b.length < 30) return 'the WebP is cut short';
  const size = (u16le(b, 4) | (u16le(b, 6) << 16)) >>> 0;
  if (b.length < size + 8) return `the WebP is cut short (${size + 8} bytes announced, ${b.length} present)`;
  if (matches(b, 'VP8X', 12)) return { format: 'webp', width: u24le(b, 24) + 1, height: u24le(b, 27) + 1 };
  if (matches(b, 'VP8L', 12) && b[20] === 0x2f) {
    const bits = (u16le(b, 21) | (u16le(b, 23) << 16)) >>> 0;
    return { format: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (matches(b, 'VP8 ', 12) && matches(b, '\x9d\x01\x2a', 23)) {
    return { format: 'webp', width: u16le(b, 26) & 0x3fff, height: u16le(b, 28) & 0x3fff };
  }
  return 'the WebP’s header is damaged';
}
