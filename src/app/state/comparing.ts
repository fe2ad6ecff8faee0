/** A comparison of methods or of seeds as the page holds it: what is filled in, what trains, what came out. Pure. */
import type { Comparison, ComparisonRequest } from '../../core/comparison.ts';
import { METHOD_IDS, type MethodId, type RunConfig } from '../../core/config.ts';
import { settingOf } from '../../core/settings.ts';
import type { LabErrorData } from '../../core/errors.ts';
import { METHOD_TRAITS, methodHas } from '../../core/method-settings.ts';
import { formatExact } from '../format.ts';
import { texts } from '../texts.ts';
import type { AppState } from './app-state.ts';
import { methodName } from './story.ts';
import { parseLambdas } from './sweep.ts';

/** Several methods side by side, or the method of the controls over several seeds. */
export type ComparisonKind = 'methods' | 'seeds';

/** The form as typed. */
export interface ComparisonDraft {
  readonly methods: readonly MethodId[];
  /** How many, from the seed of the controls on. */
  readonly seeds: string;
  /** λ to choose from, as typed, by method; each method's own where nothing was typed. */
  readonly grids: Partial<Readonly<Record<MethodId, string>>>;
  readonly selectionTasks: string;
}

export interface ComparingState {
  readonly draft: ComparisonDraft;
  readonly running: { readonly kind: ComparisonKind; readonly request: ComparisonRequest; readonly stopping: boolean } | null;
  readonly results: Readonly<Record<ComparisonKind, Comparison | null>>;
  /** Why the last of its kind has no result. */
  readonly ended: { readonly kind: ComparisonKind; readonly request: ComparisonRequest; readonly error: LabErrorData } | null;
}

export const INITIAL_COMPARING: ComparingState = {
  draft: { methods: ['finetune', 'mas', 'ewc', 'si', 'lwf', 'joint'], seeds: '3', grids: {}, selectionTasks: '2' },
  running: null,
  results: { methods: null, seeds: null },
  ended: null,
};

/** Whether a comparison trains: no run can then, on the same device. */
export function isComparing({ comparing }: { readonly comparing: ComparingState }): boolean {
  return comparing.running !== null;
}

export type DraftField = 'methods' | 'seeds' | 'selectionTasks' | MethodId;

/** λ of the form for a method, as typed or its own. */
export function gridText({ grids }: ComparisonDraft, method: MethodId): string {
  return grids[method] ?? METHOD_TRAITS[method].grid.join(', ');
}

/** Whether λ is chosen between several values for some method, for which held-out tasks are needed. */
export function choosesLambda(draft: ComparisonDraft): boolean {
  return draft.methods.some((method) => methodHas(method, 'lambda') && gridText(draft, method).split(/[\s,;]+/).filter((part) => part !== '').length > 1);
}

/** @returns what the form asks for under the conditions of the controls, or the fields that are wrong */
export function methodsRequest(draft: ComparisonDraft, form: RunConfig): { readonly request: ComparisonRequest } | { readonly wrong: readonly DraftField[] } {
  const wrong: DraftField[] = [];
  const methods = METHOD_IDS.filter((id) => draft.methods.includes(id));
  if (methods.length === 0) wrong.push('methods');
  const seeds = seedsOf(draft, form);
  if (seeds === null) wrong.push('seeds');
  const selectionTasks = choosesLambda(draft) && form.tasks > 1 ? wholeNumber(draft.selectionTasks, 2, form.tasks) : 2;
  if (selectionTasks === null) wrong.push('selectionTasks');
  const grids: Partial<Record<MethodId, readonly number[]>> = {};
  for (const method of methods.filter((id) => methodHas(id, 'lambda'))) {
    const values = parseLambdas(gridText(draft, method), LAMBDA_MAX);
    if (values === null) wrong.push(method);
    else grids[method] = values;
  }
  if (wrong.length > 0 || seeds === null || selectionTasks === null) return { wrong };
  return { request: { config: form, methods, seeds, grid: null, grids, selectionTasks } };
}

/** The method of the controls with their λ, over several seeds; null where the number of seeds is wrong. */
export function seedsRequest(draft: ComparisonDraft, form: RunConfig): ComparisonRequest | null {
  const seeds = seedsOf(draft, form);
  return seeds === null ? null : { config: form, methods: [form.method], seeds, grid: [form.lambda], selectionTasks: 2 };
}

export const MOST_SEEDS = 100;
const lambda = settingOf('lambda');
const LAMBDA_MAX = lambda.kind === 'number' ? lambda.max : Infinity;

function seedsOf(draft: ComparisonDraft, form: RunConfig): readonly number[] | null {
  const count = wholeNumber(draft.seeds, 1, MOST_SEEDS);
  return count === null ? null : Array.from({ length: count }, (_, k) => form.seed + k);
}

function wholeNumber(text: string, min: number, max: number): number | null {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max ? value : null;
}

/** Share of a comparison that is done, 0 to 1; null while none trains. */
export function comparisonShare(state: Pick<AppState, 'comparing' | 'lab'>): number | null {
  if (!isComparing(state)) return null;
  const { comparison } = state.lab;
  return comparison === null ? 0 : comparison.done / comparison.total;
}

/** What the page's status says of a comparison; null while none trains. Coarse on purpose: screen readers speak every change. */
export function comparisonText(state: Pick<AppState, 'comparing' | 'lab'>): string | null {
  if (!isComparing(state)) return null;
  const progress = state.lab.comparison;
  if (progress === null) return texts.compare.preparing;
  const name = methodName(progress.method);
  return progress.stage === 'choosing' ? texts.compare.status(name) : texts.compare.statusSeed(name, formatExact(progress.seed));
}
