/**
 * Peers must compute the same before they are timed.
 * @throws Error naming the first value that differs by more than `tolerance`, relative
 */
export function assertAgree(what: string, ours: readonly number[], theirs: readonly number[], tolerance: number): void {
  if (ours.length !== theirs.length || ours.length === 0) throw new Error(`${what}: ${ours.length} values of ours, ${theirs.length} of theirs`);
  ours.forEach((value, i) => {
    const other = theirs[i]!;
    if (!(Math.abs(value - other) <= tolerance * Math.max(Math.abs(other), 1e-12))) {
      throw new Error(`${what}: value ${i} is ${value}, the peer’s ${other}; they must agree before they are timed`);
    }
  });
}
