/** What readers say about files that are something else, and about headers that lie. */
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { repeatedKey } from '../../src/formats/json-keys.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';

function refused(bytes: Uint8Array, name = 'x'): LabError {
  try {
    readWeightFile(bytes, name);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a file of another kind', () => {
  it.each<[string, Uint8Array]>([
    ['a JPEG picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ['a PNG picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d)],
    ['a web page', ascii('\n<!DOCTYPE html><html>')],
    ['a Git LFS pointer, not the file it points to', ascii('version https://git-lfs.github.com/spec/v1\noid sha256:0')],
    ['Python source', ascii('import torch\n')],
    ['JSON text', ascii('{ "a": 1 }')],
    ['a gzip archive', Uint8Array.of(0x1f, 0x8b, 8)],
    ['an IDX file', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0)],
    ['an HDF5 file (Keras)', Uint8Array.of(0x89, 0x48, 0x44, 0x46)],
    ['an empty zip archive', Uint8Array.of(0x50, 0x4b, 5, 6)],
  ])('is called what it is: %s', (what, bytes) => {
    const error = refused(bytes, 'model.pth');
    expect(error.code).toBe('NOT_A_CHECKPOINT');
    expect(error.message).toBe(`model.pth: this is ${what}, not a file of weights.`);
  });

  it('is refused where nothing is recognised', () => {
    expect(refused(Uint8Array.of(0xfe, 1, 2)).message).toBe('x: the file is neither a zip archive, a pickle nor safetensors.');
  });
});

describe('safetensors headers', () => {
  const file = (header: string, dataBytes: number): Uint8Array => {
    const json = ascii(header);
    const bytes = new Uint8Array(8 + json.length + dataBytes);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    return bytes;
  };
  const good = '"dtype":"F32","shape":[1],"data_offsets":[0,4]';

  it.each([
    ['an array', '[]', 'BAD_HEADER'],
    ['a number', '{"a":1}', 'BAD_HEADER'],
    ['no dtype', '{"a":{"shape":[1],"data_offsets":[0,4]}}', 'BAD_HEADER'],
    ['a fractional size', '{"a":{"dtype":"F32","shape":[0.5,2],"data_offsets":[0,4]}}', 'BAD_HEADER'],
    ['a size beyond 2^53', '{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 'BAD_HEADER'],
    ['one offset', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 'BAD_HEADER'],
    ['offsets the wrong way', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', 'BAD_OFFSETS'],
    ['offsets too far apart', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,4]}}', 'BAD_OFFSETS'],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 'BAD_HEADER'],
    ['a repeated field of a tensor', `{"a":{${good},"shape":[1]}}`, 'BAD_HEADER'],
    ['a name of Object.prototype for a dtype', '{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,4]}}', 'BAD_DTYPE'],
    ['brackets a million deep', '{"a":'.concat('['.repeat(1_000_000)), 'BAD_HEADER'],
  ])('%s', (_, header, code) => {
    expect(refused(file(header, 4), 'x.safetensors').code).toBe(code);
  });

  it('may hold nothing at all', () => {
    expect(readWeightFile(file('{}', 0), 'x.safetensors').tensors).toEqual([]);
  });

  it('must be UTF-8', () => {
    const bytes = file(`{"?":{${good}}}`, 4);
    bytes[10] = 0xff;
    expect(refused(bytes, 'x.safetensors').code).toBe('BAD_HEADER');
  });
});

describe('repeatedKey', () => {
  it.each([
    ['{"a":1,"b":2}', null],
    ['{"a":1,"a":2}', 'a'],
    ['{"a":{"a":{"a":1}},"b":{"a":1}}', null],
    ['[{"a":1},{"a":1}]', null],
    ['{"a":"a","b":["a","a"]}', null],
    ['{"\\u0061":1 , "a"\t: 2}', 'a'],
    ['{"a\\"":1,"a\\\\":2,"a\\"" : 3}', 'a"'],
    ['{"{\\"a\\":1":1,"a":2}', null],
  ])('of %s is %j', (json, key) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(repeatedKey(json)).toBe(key);
  });
});
