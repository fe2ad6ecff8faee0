/** What `JSON.parse` does not tell: whether an object has the same key twice. */

/**
 * The first key that some object of `json` has twice, or null.
 *
 * @param json text that `JSON.parse` accepts
 */
export function repeatedKey(json: string): string | null {
  // One entry per open bracket: the keys seen, or null inside an array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = stringEnd(json, at);
      if (json[skipSpace(json, end)] === ':') {
        const key = JSON.parse(json.slice(at, end)) as string;
        const seen = open.at(-1);
        if (seen?.has(key) === true) return key;
        seen?.add(key);
      }
      at = end - 1;
    }
  }
  return null;
}

/** The position after the closing quote of the string that begins at `at`. */
function stringEnd(json: string, at: number): number {
  let end = at + 1;
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
  return end + 1;
}

function skipSpace(json: string, at: number): number {
  let next = at;
  while (json[next] === ' ' || json[next] === '\n' || json[next] === '\r' || json[next] === '\t') next++;
  return next;
}
