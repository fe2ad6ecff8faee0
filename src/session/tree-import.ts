/** A sequence begun in PyTorch (the seed's tree, DESIGN.md section 5) as a run to go on with. */
import { MODEL_LABELS, type RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { TaskSummary, WeightImport } from '../core/protocol.ts';
import type { ByteSource } from '../data/types.ts';
import { modelSpec } from '../engine/model/models.ts';
import type { HostParams } from '../engine/model/params.ts';
import { loadHead } from '../formats/state-dict.ts';
import { readWeightFile, type WeightFile } from '../formats/weight-file.ts';
import { configFrom } from './config-file.ts';
import { Evaluator } from './evaluator.ts';
import { chosenModel, findBackbone } from './fitting-model.ts';
import { Gate } from './gate.ts';
import { findImportances, importanceSummary, keepsImportances, type FoundImportances } from './importance-import.ts';
import { LiveRun } from './live-run.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunRecord } from './run-record.ts';
import { readEntry, type TaskEntries, type TreeEntries } from './tree-zip.ts';
import { requireIdle, type WeightDesk } from './weight-desk.ts';

/** A task's head and what its folder says of its classes. */
interface FoundTask {
  readonly head: HostParams;
  readonly classes: number;
  /** What classes.txt says; null where there is none. */
  readonly stated: number | null;
  /** Class ids in the order of the head's rows; null where the tree does not say. */
  readonly ids: readonly string[] | null;
  /** Accuracy right after learning, a fraction; null where performance.txt is missing, NaN where it says something else. */
  readonly learned: number | null;
}

/**
 * Makes a run with as many finished tasks as the tree has heads, its last accuracies measured on the test images here.
 * @throws LabError 'data-mismatch' listing every way in which the tree's tasks differ from the planned ones; of `formats/`
 */
export async function importTree(desk: WeightDesk, source: ByteSource, entries: TreeEntries): Promise<WeightImport> {
  const { session, provider } = desk;
  requireIdle(session, source.name);
  const read = async (entry: TreeEntries['shared']): Promise<WeightFile> => readWeightFile(await readEntry(source, entry), `${source.name}, ${entry.name}`);
  const given = await configOf(source, entries, desk.config);
  const { models, weights: backbone } = findBackbone(await read(entries.shared), given.config.model, `${source.name}, ${entries.shared.name}`);
  if (given.own && !models.includes(given.config.model)) {
    const fits = models.map((id) => MODEL_LABELS[id]).join(' or ');
    throw new LabError('checkpoint-mismatch', `${source.name}: config.json says ${MODEL_LABELS[given.config.model]}, but the shared model is ${fits}.`, 'Correct config.json, or leave it out.');
  }
  const fitted: RunConfig = { ...given.config, model: chosenModel(models, given.config.model) };
  const importances = entries.regParams && keepsImportances(fitted.method)
    ? fitImportances(await read(entries.regParams), fitted, given.own, backbone, `${source.name}, ${entries.regParams.name}`)
    : null;
  const config = importances?.config ?? fitted;
  const tasks: FoundTask[] = [];
  for (const [k, task] of entries.tasks.entries()) tasks.push(await readTask(source, task, config, k));
  const plan = await provider.plan(config);
  requirePlanned(source.name, tasks, plan);

  const record = begunRecord(session.newRun(config, plan), tasks, source.name);
  const found = importances?.found ?? null;
  if (found) record.importances.push(await importanceSummary(config, tasks.length - 1, backbone, found));
  desk.say(`${source.name}: measuring ${tasks.length} ${tasks.length === 1 ? 'head' : 'heads'} on the test images.`);
  const checkpoint = await measured(desk, record, {
    network: { backbone, heads: tasks.map(({ head }) => head) },
    omega: found?.omega ?? null, anchor: found?.anchor ?? null, then: [], now: [], labels: [],
  });
  await session.takeIn(record, checkpoint);
  return { said: report(source.name, record, given, entries, found, tasks), settings: {} };
}

interface GivenConfig {
  readonly config: RunConfig;
  /** It came with the tree. */
  readonly own: boolean;
  /** Why the tree's own config was not taken; null where it was, or there is none. */
  readonly refused: string | null;
}

async function configOf(source: ByteSource, { config: entry }: TreeEntries, chosen: RunConfig): Promise<GivenConfig> {
  if (!entry) return { config: chosen, own: false, refused: null };
  try {
    return { config: configFrom(await readEntry(source, entry)), own: true, refused: null };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { config: chosen, own: false, refused: error.message };
  }
}

/**
 * The importances, and the config under which they fit: a tree without a config does not say how many convolutions were
 * trained, but for how many parameters it has importances.
 */
function fitImportances(
  file: WeightFile,
  config: RunConfig,
  own: boolean,
  backbone: HostParams,
  fileName: string,
): { readonly found: FoundImportances; readonly config: RunConfig } {
  const attempt = (trainableConvLayers: number): { found: FoundImportances; config: RunConfig } => {
    const tried = { ...config, trainableConvLayers };
    return { found: findImportances(file, tried, backbone, fileName), config: tried };
  };
  try {
    return attempt(config.trainableConvLayers);
  } catch (error) {
    if (own || !(error instanceof LabError) || (error.code !== 'MISSING_TENSOR' && error.code !== 'UNEXPECTED_TENSOR')) throw error;
    for (const convs of [5, 4, 3, 2, 1, 0]) {
      try {
        return attempt(convs);
      } catch (other) {
        // Told of is what does not fit the chosen number; the others were only tried.
        if (!(other instanceof LabError)) throw other;
      }
    }
    throw error;
  }
}

async function readTask(source: ByteSource, { head, classes, classNames, performance }: TaskEntries, config: RunConfig, k: number): Promise<FoundTask> {
  const fileName = `${source.name}, Task_${k + 1}/head`;
  const { features } = modelSpec(config.model, config.dropout);
  const loaded = loadHead(readWeightFile(await readEntry(source, head), fileName), features, fileName);
  const text = async (entry: TreeEntries['config']): Promise<string | null> => (entry ? new TextDecoder().decode(await readEntry(source, entry)) : null);
  const stated = await text(classes);
  const names = await text(classNames);
  const learned = await text(performance);
  return {
    head: new Map([
      ['fc.weight', { shape: [loaded.classes, features], values: loaded.weight.slice() }],
      ['fc.bias', { shape: [loaded.classes], values: loaded.bias.slice() }],
    ]),
    classes: loaded.classes,
    stated: stated === null ? null : Number.parseInt(stated, 10),
    learned: learned === null ? null : fractionIn(learned),
    ids: names === null ? null : names.split('\n').filter((line) => line !== '').map((line) => line.split('\t')[0]!),
  };
}

/** The number that a text is, or that a tensor written as text holds; NaN where it is no fraction. */
function fractionIn(text: string): number {
  const [, digits] = /^\s*(?:tensor\()?([\d.]+(?:e-?\d+)?)\b/i.exec(text) ?? [];
  const value = Number(digits);
  return value >= 0 && value <= 1 ? value : NaN;
}

/** @throws LabError 'data-mismatch' with every difference */
function requirePlanned(archive: string, tasks: readonly FoundTask[], plan: readonly TaskSummary[]): void {
  const differences: string[] = [];
  if (tasks.length > plan.length) differences.push(`it has ${tasks.length} tasks, the split ${plan.length}`);
  for (const [k, { classes, stated, ids }] of tasks.entries()) {
    const planned = plan[k]?.classes;
    if (stated !== null && stated !== classes) differences.push(`task ${k + 1} has a head of ${classes} classes, its classes.txt says ${stated}`);
    if (planned && planned.length !== classes) differences.push(`task ${k + 1} has a head of ${classes} classes, the split ${planned.length}`);
    else if (planned && ids) {
      const row = ids.findIndex((id, c) => id !== planned[c]?.id);
      if (row >= 0) differences.push(`task ${k + 1}, class ${row + 1} is ${ids[row]!}, in the split ${planned[row]?.id ?? 'nothing'}`);
    }
  }
  if (differences.length === 0) return;
  throw new LabError(
    'data-mismatch',
    `${archive} does not fit the data as they are cut here: ${differences.join('; ')}.`,
    'Set dataset, tasks, classes per task, split and seed as they were where it was trained, then import it again.',
  );
}

/** Of how the tasks were learned, no more is known than performance.txt says: other accuracies before the last row stay unmeasured. */
function begunRecord(record: RunRecord, found: readonly FoundTask[], archive: string): RunRecord {
  const finished = found.length;
  const rows = (): (number | null)[][] => Array.from({ length: finished }, () => record.tasks.map(() => null));
  record.name = archive.replace(/\.zip$/i, '');
  record.finishedTasks = finished;
  record.accuracyMatrix = rows();
  for (const [k, { learned }] of found.entries()) record.accuracyMatrix[k]![k] = known(learned);
  record.classIncremental = rows();
  record.baseline = Array.from({ length: finished }, () => null);
  return record;
}

function known(learned: number | null): number | null {
  return learned === null || Number.isNaN(learned) ? null : learned;
}

/** Measures every head on its task's test images; the record gets its last row, the checkpoint what the network says. */
async function measured({ session, provider, breathe }: WeightDesk, record: RunRecord, checkpoint: Checkpoint): Promise<Checkpoint> {
  const gate = new Gate();
  const run = LiveRun.from(record, checkpoint, () => session.weights.startingPoint(record.config));
  try {
    for (let k = 0; k < record.finishedTasks; k++) run.data.set(k, await provider.load(record.config, k, run.model, () => undefined, gate.signal));
    const host = { gate, provider, breathe, emit: () => undefined, now: () => 0 };
    await new Evaluator(run, host, record.finishedTasks - 1).afterTask(0, 0);
    const labels = run.now.map((_, k) => run.taskData(k).test.labels);
    // What it said right after learning a task nobody kept; from here on, this is what it said then.
    return { ...checkpoint, then: run.now, now: run.now, labels };
  } finally {
    run.dispose();
  }
}

function report(archive: string, record: RunRecord, given: GivenConfig, entries: TreeEntries, found: FoundImportances | null, read: readonly FoundTask[]): string {
  const { finishedTasks, tasks, config, accuracyMatrix } = record;
  const accuracies = accuracyMatrix[finishedTasks - 1]!.slice(0, finishedTasks).map((value, k) => `task ${k + 1} ${value === null ? '–' : `${(100 * value).toFixed(1)} %`}`);
  const parts = [
    `${archive}: a run of ${MODEL_LABELS[config.model]} with ${finishedTasks} of ${tasks.length} tasks finished; on the test images here: ${accuracies.join(', ')}.`,
  ];
  // The last task's was measured here; those before can only be read.
  const before = read.slice(0, -1);
  const learned = before.flatMap((task, k) => (known(task.learned) === null ? [] : [`task ${k + 1} ${(100 * task.learned!).toFixed(1)} %`]));
  if (learned.length > 0) parts.push(`Right after learning, as performance.txt says: ${learned.join(', ')}.`);
  const unread = before.flatMap(({ learned: value }, k) => (Number.isNaN(value) ? [`task ${k + 1}`] : []));
  if (unread.length > 0) parts.push(`performance.txt of ${unread.join(', ')} is no fraction from 0 to 1 and is set aside.`);
  if (!given.own) parts.push(`Its settings are those chosen here${given.refused === null ? '' : `, for its config.json cannot be used (${given.refused})`}.`);
  if (!given.own && config.trainableConvLayers !== given.config.trainableConvLayers) parts.push(`Its importances are those of “Trainable conv layers” = ${config.trainableConvLayers}, which the run takes over.`);
  if (found) parts.push(...found.notes);
  else if (entries.regParams) parts.push(`The method ${config.method} uses no importances: those of the tree are set aside.`);
  else if (keepsImportances(config.method)) parts.push('It has no importances: its tasks are unprotected until the next one is learned.');
  return parts.join(' ');
}
