/** Large files made to take far more memory than their size: what a few bytes of pickle can build, as often as a file has room for. */
import { joinBytes, sourceOf } from '../../src/formats/byte-source.ts';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { zipSource } from '../../src/formats/zip-write.ts';

/** As large as they may be without running into the limit of opcodes first. */
const MOST_OPCODES = 990_000;
const FILE_BYTES = 8_000_000;

const utf8 = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

/** A pickle of protocol 4 that says `what(i)` again and again, then ends. */
function pickleOf(what: (i: number) => string | readonly number[], opcodesEach: number, before = '', after = ''): Bytes {
  const file = new Uint8Array(2 * FILE_BYTES);
  let size = 0;
  const say = (said: string | readonly number[]): void => {
    const bytes = typeof said === 'string' ? latin1(said) : said;
    file.set(bytes, size);
    size += bytes.length;
  };
  say(`\x80\x04${before}`);
  for (let i = 0; (i + 1) * opcodesEach < MOST_OPCODES && size < FILE_BYTES; i++) say(what(i));
  say(`${after}.`);
  return file.slice(0, size);
}

function latin1(text: string): Bytes {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

const name4 = (i: number): string => `\x8c\x04${i.toString(36).padStart(4, '0')}`;

/** A torch file of one float whose tensor, memoised, stands in a list wherever `again` stands. */
function torchFile(again: string, rank: number): Promise<Bytes> {
  const ones = `(${'K\x01'.repeat(rank)}t`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\nq\x01((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQK\0${ones}${ones}\x89Ntq\x02Rq\0`;
  const pickle = pickleOf(() => again, again.length > 2 ? 3 : 1, `](${tensor}`, 'e');
  return joinBytes(zipSource([
    { path: 'a/data.pkl', content: sourceOf(pickle) },
    { path: 'a/data/0', content: sourceOf(new Uint8Array(4)) },
  ]));
}

export const GREEDY_FILES: Readonly<Record<string, () => Bytes | Promise<Bytes>>> = {
  nothings: () => pickleOf(() => 'N', 1),
  'small numbers': () => pickleOf((i) => [0x4b, i & 0xff], 1),
  'large numbers': () => pickleOf((i) => [0x47, 0x3f, 0xf1, i & 0xff, (i >> 8) & 0xff, (i >> 16) & 0xff, 1, 2, 3], 1),
  'whole numbers of 256 bits': () => pickleOf((i) => [0x8a, 32, ...Array.from({ length: 32 }, (_, k) => (i * (k + 3)) & 0x7f | 1)], 1),
  'short texts': () => pickleOf(name4, 1),
  'bytes of no length': () => pickleOf(() => 'C\0', 1),
  lists: () => pickleOf(() => ']', 1),
  'lists of one': () => pickleOf(() => ']Na', 3),
  'empty tuples': () => pickleOf(() => ')', 1),
  'tuples of one': () => pickleOf(() => 'N\x85', 2),
  'marked tuples': () => pickleOf(() => '(Nt', 3),
  dictionaries: () => pickleOf(() => '}', 1),
  'one large dictionary': () => pickleOf((i) => `${name4(i)}N`, 2, '}(', 'u'),
  'ordered dictionaries of memoised pairs': () => pickleOf(() => 'h\0h\x01\x85R', 4, 'ccollections\nOrderedDict\nq\0NN\x86q\x02](h\x02h\x02h\x02eq\x01'),
  'memo entries': () => pickleOf(() => 'N\x94', 2),
  globals: () => pickleOf(() => 'ctorch\nIntStorage\n', 1),
  'one tensor in many places': () => torchFile('h\0', 1),
  'tensors of 64 dimensions': () => torchFile('h\x01h\x02R', 64),
  'a zip of empty records': () => joinBytes(zipSource(Array.from({ length: 60_000 }, (_, i) => ({ path: i.toString(36), content: sourceOf() })))),
  'a header of empty lists': () => headerOf(() => '[]', '[', ']'),
  'a header of empty objects': () => headerOf(() => '{}', '[', ']'),
  'a header of short names': () => headerOf((i) => `"${i.toString(36)}":0`, '{', '}'),
  'a header of long names beyond Latin-1': () => headerOf((i) => `"${i.toString(36)}${'a'.repeat(1000)}€":""`, '{', '}'),
};

/** A safetensors file that is nothing but a header: one entry with a member that repeats. */
function headerOf(member: (i: number) => string, open: string, close: string): Promise<Bytes> {
  const header = new Uint8Array(FILE_BYTES + 4096);
  let size = 0;
  const say = (said: string): void => {
    const bytes = utf8.encode(said);
    header.set(bytes, size);
    size += bytes.length;
  };
  say(`{"__metadata__":${open}`);
  for (let i = 0; size < FILE_BYTES; i++) say(`${i === 0 ? '' : ','}${member(i)}`);
  say(`${close}}`);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, size, true);
  return joinBytes(sourceOf(length, header.slice(0, size)));
}

/** A file of about `fileBytes` whose reading honestly takes twice its size: halves become floats. */
export function halves(fileBytes: number): Promise<Bytes> {
  const tensor: NamedTensor = { name: 'half', dtype: 'F16', shape: [fileBytes / 2], data: new Float32Array(fileBytes / 2).fill(1.5) };
  return joinBytes(pthSource([tensor]));
}
