/** Colours of tasks: eight that people with any colour vision tell apart, then the same again with dashes. The values are in styles/tokens.css. */

const COLORS = 8;
const DASHES = ['', '7 4', '2 3', '10 3 2 3'] as const;

/** Dash patterns of runs drawn beside the current one, in the order they were added. */
export const OVERLAY_DASHES = ['5 4', '2 3', '9 3 2 3'] as const;

/** CSS colour of a task, the same everywhere on the page. */
export function taskColor(task: number): string {
  return `var(--task-${(task % COLORS) + 1})`;
}

/** Dash pattern of a task's line; empty for the first eight. */
export function taskDash(task: number): string {
  return DASHES[Math.floor(task / COLORS) % DASHES.length]!;
}
