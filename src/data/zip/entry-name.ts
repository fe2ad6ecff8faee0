/** How a zip entry is called: the bytes of its name, in whichever way its maker wrote them. */

const EXTRA_UNICODE_PATH = 0x7075;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const utf8 = new TextDecoder('utf-8');
/** The upper half of code page 437, what zip names are in where nothing says otherwise. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** @param extra the entry's extra fields, one of which may hold its name in UTF-8 */
export function entryName(name: Uint8Array, isUtf8: boolean, extra: DataView): string {
  return unicodePath(extra) ?? decodeName(name, isUtf8);
}

/** The contents of the extra field with this number, or null. */
export function findExtra(extra: DataView, id: number): DataView | null {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) return null;
    if (extra.getUint16(at, true) === id) return new DataView(extra.buffer, extra.byteOffset + at + 4, length);
    at += 4 + length;
  }
  return null;
}

function unicodePath(extra: DataView): string | null {
  const field = findExtra(extra, EXTRA_UNICODE_PATH);
  if (!field || field.byteLength < 6 || field.getUint8(0) !== 1) return null;
  return utf8.decode(new Uint8Array(field.buffer, field.byteOffset + 5, field.byteLength - 5));
}

/** Many tools write UTF-8 without saying so; what is valid UTF-8 is taken as such. */
function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  // Almost all names are ASCII, for which a decoder call costs ten times as much.
  if (isAscii(bytes)) return String.fromCharCode(...bytes);
  if (isUtf8) return utf8.decode(bytes);
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128]!)).join('');
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 128) return false;
  return true;
}
