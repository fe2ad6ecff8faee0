/** Importances from elsewhere, in place of the current run's own. */
import { METHOD_IDS, type RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { methodHas } from '../core/method-settings.ts';
import type { ImportanceSummary } from '../core/importance-summary.ts';
import type { WeightImport } from '../core/protocol.ts';
import { summarizeImportance } from '../engine/importance/summary.ts';
import { modelSpec } from '../engine/model/models.ts';
import { deviceParams, disposeParams, type HostParams, type Params } from '../engine/model/params.ts';
import { backboneParams, trainableParams, type ModelSpec, type ParamSpec } from '../engine/model/spec.ts';
import { loadRegParams, type LoadedRegParams } from '../formats/reg-params-read.ts';
import type { WeightFile } from '../formats/weight-file.ts';
import { expectedTensors, hostParams } from './fitting-model.ts';
import type { Session } from './session.ts';
import { requireIdle } from './weight-desk.ts';

/** Ω and θ* on the host, and what was remarkable about their file. */
export interface FoundImportances {
  readonly omega: HostParams;
  /** Null where it is the backbone itself. */
  readonly anchor: HostParams | null;
  /** Sentences for the person. */
  readonly notes: readonly string[];
}

/**
 * Puts the importances of a file into a branch of the current run, which becomes current; the run itself stays as it is.
 * @throws LabError 'run-state' without a finished task, 'config-conflict' for a method without importances; as `loadRegParams`
 */
export async function importImportances(session: Session, file: WeightFile, fileName: string): Promise<WeightImport> {
  const { currentRecord: current } = session;
  if (!current || current.finishedTasks === 0) {
    throw new LabError(
      'run-state',
      `${fileName} holds importances, which belong to a run that has finished a task; there is none.`,
      'Train a task, or import the run or the whole tree (a zip with models/) first. Then import this file again.',
    );
  }
  requireIdle(session, fileName);
  requireImportanceMethod(current.config, fileName);
  const { record, checkpoint } = await session.branch();
  const found = findImportances(file, record.config, checkpoint.network.backbone, fileName);
  const summary = await importanceSummary(record.config, record.finishedTasks - 1, checkpoint.network.backbone, found);
  record.importances = [...record.importances.filter(({ task }) => task !== summary.task), summary];
  record.name = `Ω of ${fileName}`;
  // A method's running state belongs to the importances that were replaced.
  await session.takeIn(record, { ...checkpoint, omega: found.omega, anchor: found.anchor, running: new Map() });
  const said = [`${fileName}: importances of ${found.omega.size} parameters take the place of the run’s own, in a branch of it; the run itself stays as it was.`, ...found.notes];
  return { said: said.join(' '), settings: {} };
}

/** @throws LabError 'config-conflict' naming the methods that keep importances */
export function requireImportanceMethod({ method }: RunConfig, fileName: string): void {
  if (keepsImportances(method)) return;
  const others = METHOD_IDS.filter(keepsImportances).join(', ');
  throw new LabError('config-conflict', `${fileName} holds importances, and the method ${method} uses none.`, `Choose one of: ${others}.`);
}

/** Whether a method pulls weights by their importance. */
export function keepsImportances(method: RunConfig['method']): boolean {
  return methodHas(method, 'penaltyStep');
}

/** @throws LabError as `loadRegParams` */
export function findImportances(file: WeightFile, config: RunConfig, backbone: HostParams, fileName: string): FoundImportances {
  const expected = expectedTensors(trainedParams(modelSpec(config.model, config.dropout), config));
  const loaded = loadRegParams(file, expected, fileName);
  const anchor = hostParams(loaded.anchor, expected);
  const same = [...anchor].every(([name, { values }]) => values.every((value, i) => value === backbone.get(name)!.values[i]));
  return { omega: hostParams(loaded.omega, expected), anchor: same ? null : anchor, notes: notesOn(loaded, same) };
}

/** What the screen shows of importances that came in. */
export async function importanceSummary(config: RunConfig, task: number, backbone: HostParams, found: FoundImportances): Promise<ImportanceSummary> {
  const model = modelSpec(config.model, config.dropout);
  const trained = trainedParams(model, config);
  const uploaded: Params[] = [];
  const upload = (host: HostParams, params: readonly ParamSpec[]): Params => {
    const params_ = deviceParams(host, params, model);
    uploaded.push(params_);
    return params_;
  };
  try {
    const omega = upload(found.omega, trained);
    const anchor = found.anchor ? upload(found.anchor, trained) : null;
    return await summarizeImportance(model, task, omega, upload(backbone, backboneParams(model)), anchor, 0);
  } finally {
    uploaded.forEach(disposeParams);
  }
}

function trainedParams(model: ModelSpec, { trainableConvLayers }: RunConfig): readonly ParamSpec[] {
  const trained = trainableParams(model, trainableConvLayers);
  return backboneParams(model).filter(({ name }) => trained.has(name));
}

function notesOn({ namesInferred, previousAdded, leftOut }: LoadedRegParams, anchorIsBackbone: boolean): string[] {
  const notes: string[] = [];
  if (namesInferred) notes.push('The file has no names: parameters were matched by their order, and all shapes agree.');
  if (previousAdded) notes.push('Its Ω of earlier tasks, kept apart, was added.');
  if (leftOut.length > 0) notes.push(`Left out, for heads are never penalised: ${leftOut.join(', ')}.`);
  if (!anchorIsBackbone) notes.push('Its anchor is not the present backbone: weights will be pulled to where the file says.');
  return notes;
}
