/** Numbers as people type them: in any script's digits, with a decimal point or comma. */

/** @returns NaN where the text is no number */
export function readNumber(text: string): number {
  // Full-width forms, as Japanese keyboards type them, become the plain ones.
  const plain = text.normalize('NFKC').trim().replaceAll(/\p{Nd}/gu, plainDigit).replace(/[,\u066B]/, '.').replace('−', '-');
  return plain === '' ? NaN : Number(plain);
}

/**
 * A list of numbers: “0, 0.01, 1”, or with decimal commas “0; 0,01; 1”.
 * @returns NaN for each entry that is no number
 */
export function readNumbers(text: string): number[] {
  // Where a semicolon separates, a comma between two digits is a decimal one.
  const decimals = /[;؛；]/.test(text) ? text.replaceAll(/(?<=\p{Nd})[,，](?=\p{Nd})/gu, '.') : text;
  return decimals.split(/[\s,;،؛，；、]+/).filter((part) => part !== '').map(readNumber);
}

/** Unicode keeps each script's digits together, from its zero on. */
function plainDigit(digit: string): string {
  const own = digit.codePointAt(0)!;
  let first = own;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return String((own - first) % 10);
}
