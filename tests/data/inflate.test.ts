import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inflater } from '../../src/data/zip/inflate.ts';

const inflater = new Inflater();

/** Bytes with runs, repeats and noise, so that all kinds of blocks and codes appear. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 900 })).map(([value, length]) => new Uint8Array(length).fill(value)),
      fc.string({ maxLength: 200 }).map((text) => new TextEncoder().encode(text.repeat(3))),
    ),
    { maxLength: 30 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));
const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FILTERED),
  memLevel: fc.integer({ min: 1, max: 9 }),
});

describe('Inflater', () => {
  it('gives back what zlib deflated, anywhere in a larger array', () => {
    fc.assert(
      fc.property(content, settings, fc.integer({ min: 0, max: 5 }), (bytes, options, shift) => {
        const packed = deflateRawSync(bytes, options);
        const placed = new Uint8Array(packed.length + shift + 3).fill(0xa5);
        placed.set(packed, shift);
        const out = new Uint8Array(bytes.length);
        expect(inflater.inflate(placed, shift, shift + packed.length, out)).toBeNull();
        expect(Buffer.compare(out, bytes)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('knows a cut stream at every byte', () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => ((i * i) >> 3) ^ (i % 7));
    const packed = deflateRawSync(bytes);
    for (let cut = 0; cut < packed.length; cut++) {
      expect(inflater.inflate(packed, 0, cut, new Uint8Array(bytes.length)), `cut at ${cut}`).toBe('truncated');
    }
  });

  it('says when more or less comes out than was declared', () => {
    const packed = deflateRawSync(new Uint8Array(5000));
    expect(inflater.inflate(packed, 0, packed.length, new Uint8Array(4999))).toBe('too-long');
    expect(inflater.inflate(packed, 0, packed.length, new Uint8Array(5001))).toBe('too-short');
  });

  it('ends on any bytes, with a fault or a result, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 2000 }), (bytes, size) => {
        expect([null, 'truncated', 'damaged', 'too-long', 'too-short']).toContain(inflater.inflate(bytes, 0, bytes.length, new Uint8Array(size)));
      }),
      { numRuns: 2000 },
    );
  });

  it('survives any flipped bit', () => {
    const bytes = new TextEncoder().encode('the quick brown fox jumps over the lazy dog '.repeat(20));
    const packed = deflateRawSync(bytes);
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const flipped = new Uint8Array(packed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => inflater.inflate(flipped, 0, flipped.length, new Uint8Array(bytes.length))).not.toThrow();
    }
  });

  it.each([
    ['a reserved block type', [0x07], 'damaged'],
    ['a stored block whose length and complement differ', [0x01, 0x02, 0x00, 0x00, 0x00, 0x41, 0x42], 'damaged'],
    ['a distance beyond the beginning', [0x03, 0x02, 0x00, 0x00], 'damaged'],
  ])('refuses %s', (_, bytes, fault) => {
    expect(inflater.inflate(Uint8Array.from(bytes), 0, bytes.length, new Uint8Array(100))).toBe(fault);
  });
});
