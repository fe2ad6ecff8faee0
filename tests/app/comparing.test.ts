import { describe, expect, it } from 'vitest';
import { validateComparison, type Comparison, type ComparisonProgress, type ComparisonRequest } from '../../src/core/comparison.ts';
import { DEFAULT_CONFIG, METHOD_IDS } from '../../src/core/config.ts';
import { LabError } from '../../src/core/errors.ts';
import { METHOD_TRAITS } from '../../src/core/method-settings.ts';
import type { Command, LabApi, LabEvent } from '../../src/core/protocol.ts';
import { INITIAL_COMPARING, choosesLambda, comparisonShare, comparisonText, isComparing, methodsRequest, seedsRequest, type ComparisonDraft } from '../../src/app/state/comparing.ts';
import { createLab } from '../../src/app/state/lab.ts';
import type { Lab } from '../../src/app/state/lab.ts';
import { createFakeLab } from './fake-lab.ts';

const FORM = { ...DEFAULT_CONFIG, seed: 7 };
const draft = (change: Partial<ComparisonDraft>): ComparisonDraft => ({ ...INITIAL_COMPARING.draft, ...change });

describe('what the form asks for', () => {
  it('is each method’s own λ, unless others were typed for it', () => {
    const asked = methodsRequest(draft({ methods: ['joint', 'mas', 'ewc'], seeds: '2', grids: { ewc: '50; 5' } }), FORM);
    if (!('request' in asked)) throw new Error('it was refused');
    expect(asked.request).toMatchObject({ methods: ['mas', 'ewc', 'joint'], seeds: [7, 8], grids: { mas: METHOD_TRAITS.mas.grid, ewc: [5, 50] }, selectionTasks: 2 });
    expect(() => validateComparison(asked.request)).not.toThrow();
  });

  it('is every method with its own λ as the lab takes it', () => {
    const asked = methodsRequest(draft({ methods: METHOD_IDS }), FORM);
    if (!('request' in asked)) throw new Error('it was refused');
    expect(() => validateComparison(asked.request)).not.toThrow();
  });

  it.each([
    [{ methods: [] }, 'methods'],
    [{ seeds: '0' }, 'seeds'],
    [{ seeds: '2.5' }, 'seeds'],
    [{ seeds: '' }, 'seeds'],
    [{ selectionTasks: '1' }, 'selectionTasks'],
    [{ selectionTasks: '5' }, 'selectionTasks'],
    [{ grids: { mas: 'much' } }, 'mas'],
    [{ grids: { mas: '' } }, 'mas'],
    [{ grids: { ewc: '1, -1' } }, 'ewc'],
  ] as const)('names the field that is wrong in %j', (change, field) => {
    expect(methodsRequest(draft(change), FORM)).toEqual({ wrong: [field] });
  });

  it('asks for no held-out tasks where each λ is given', () => {
    const single = draft({ methods: ['mas', 'finetune'], grids: { mas: '3' }, selectionTasks: 'none' });
    expect(choosesLambda(single)).toBe(false);
    expect(methodsRequest(single, FORM)).toMatchObject({ request: { grids: { mas: [3] } } });
    expect(methodsRequest(draft({ selectionTasks: 'none' }), { ...FORM, tasks: 1 })).toHaveProperty('request');
  });

  it('is for seeds the method and λ of the controls', () => {
    expect(seedsRequest(draft({ seeds: '3' }), { ...FORM, method: 'ewc', lambda: 12 })).toMatchObject({ methods: ['ewc'], grid: [12], seeds: [7, 8, 9] });
    expect(seedsRequest(draft({ seeds: 'x' }), FORM)).toBeNull();
  });
});

interface Held {
  readonly lab: Lab;
  readonly sent: Command[];
  readonly asked: ComparisonRequest[];
  readonly saved: string[];
  emit(event: LabEvent): void;
  finish(comparison: Comparison): Promise<void>;
  fail(error: LabError): Promise<void>;
}

/** A lab whose comparison ends when the test says so. */
async function held(): Promise<Held> {
  const sent: Command[] = [];
  const asked: ComparisonRequest[] = [];
  const saved: string[] = [];
  let listener: (events: readonly LabEvent[]) => void = () => undefined;
  let resolve: (comparison: Comparison) => void = () => undefined;
  let reject: (error: LabError) => void = () => undefined;
  const api: LabApi = {
    ...createFakeLab({ tickMs: 1, stepsPerEpoch: 1 }),
    connect: async (given) => {
      listener = given;
    },
    dispatch: async (command) => {
      sent.push(command);
    },
    compare: (request) => {
      asked.push(request);
      return new Promise((take, refuse) => {
        resolve = take;
        reject = refuse;
      });
    },
  };
  const lab = createLab(api, { search: '', hardwareConcurrency: 2, schedule: (flush) => flush(), replaceSearch: () => undefined, save: (name) => saved.push(name) });
  await lab.start();
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 0));
  return {
    lab, sent, asked, saved,
    emit: (event) => listener([event]),
    finish: (comparison) => (resolve(comparison), settled()),
    fail: (error) => (reject(error), settled()),
  };
}

const REQUEST: ComparisonRequest = { config: FORM, methods: ['mas'], seeds: [7], grid: [1], selectionTasks: 2 };
const RESULT: Comparison = { request: REQUEST, backend: 'wasm', choices: [], runs: [], rows: [] };
const PROGRESS: ComparisonProgress = { stage: 'training', done: 1, total: 4, elapsedMs: 1, method: 'mas', lambda: 1, seed: 7, rows: [] };

describe('a comparison in the page', () => {
  it('shows what trains, and keeps the result by its kind when the panel is closed', async () => {
    const { lab, asked, emit, finish } = await held();
    lab.research.compare('seeds', REQUEST);
    expect(asked).toEqual([REQUEST]);
    expect(isComparing(lab.store.getState())).toBe(true);
    expect(comparisonShare(lab.store.getState())).toBe(0);
    emit({ kind: 'comparison', progress: PROGRESS });
    expect(comparisonText(lab.store.getState())).toBe('Comparing: MAS, seed 7');
    expect(comparisonShare(lab.store.getState())).toBe(0.25);
    await finish(RESULT);
    const { comparing, lab: state } = lab.store.getState();
    expect(comparing).toMatchObject({ running: null, ended: null, results: { seeds: RESULT, methods: null } });
    expect(comparisonText(lab.store.getState())).toBeNull();
    expect(state.messages.map(({ kind }) => kind)).toEqual(['success']);
  });

  it('says nothing outside the panel while it is open', async () => {
    const { lab, finish } = await held();
    lab.openPanel({ kind: 'compare', view: 'seeds' });
    lab.research.compare('seeds', REQUEST);
    await finish(RESULT);
    expect(lab.store.getState().lab.messages).toEqual([]);
  });

  it('keeps an earlier result when the next one fails, and alerts where nobody looks', async () => {
    const { lab, finish, fail } = await held();
    lab.research.compare('methods', REQUEST);
    await finish(RESULT);
    lab.research.compare('methods', REQUEST);
    await fail(new LabError('data-missing', 'It is gone.', 'Import it.'));
    const { comparing, lab: state } = lab.store.getState();
    expect(comparing.results.methods).toBe(RESULT);
    expect(comparing.ended).toMatchObject({ kind: 'methods', error: { code: 'data-missing' } });
    expect(state.messages.at(-1)).toMatchObject({ kind: 'error', text: 'It is gone.' });
  });

  it('stops on request, which is no failure', async () => {
    const { lab, sent, fail } = await held();
    lab.research.compare('methods', REQUEST);
    lab.research.stopComparing();
    expect(sent).toEqual([{ kind: 'cancel-comparison' }]);
    expect(lab.store.getState().comparing.running).toMatchObject({ stopping: true });
    await fail(new LabError('cancelled', 'The comparison was stopped.', ''));
    const { comparing, lab: state } = lab.store.getState();
    expect(comparing).toMatchObject({ running: null, ended: { error: { code: 'cancelled' } } });
    expect(state.messages).toEqual([]);
  });

  it('saves a report under the name that the worker gives it', async () => {
    const { lab, saved } = await held();
    lab.research.saveReport({ kind: 'comparison', comparison: RESULT }, 'csv');
    await new Promise((done) => setTimeout(done, 0));
    expect(saved).toEqual(['comparison.csv']);
  });
});
