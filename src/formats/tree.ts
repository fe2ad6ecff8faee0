/**
 * The files of a run as the seed lays them out (DESIGN.md section 5), in PyTorch's formats and as safetensors:
 *
 *     config.json  metrics.json  metrics.csv
 *     models/shared_model.pth     shared weights only: no head, so load it with strict=False or build on Task_k/alexnet.pth
 *     models/reg_params.pickle    {name: {"omega": Ω, "init_val": θ*}}; absent where the method keeps no importances
 *     models/Task_k/head.pth      fc.weight, fc.bias; k from 1
 *     models/Task_k/classes.txt   how many classes the task has, as the seed writes and reads it
 *     models/Task_k/class_names.txt   one class a line in the order of the head's rows: id, tab, name
 *     models/Task_k/performance.txt   accuracy right after learning, a fraction; the seed subtracts the accuracy now from it;
 *                                     absent where it was not measured
 */
import type { ByteSource } from './byte-source.ts';
import { textSource } from './byte-source.ts';
import { csvText } from './csv.ts';
import type { CsvValue } from './csv.ts';
import type { Head } from './full-model.ts';
import { fullModelStateDict, headStateDict } from './full-model.ts';
import type { JsonValue } from './json-value.ts';
import type { OutTensor } from './named-tensors.ts';
import { pthSource } from './pth-write.ts';
import { pairRegParams, regParamsSource } from './reg-params-write.ts';
import { safetensorsSource } from './safetensors-write.ts';

/** A finished task. */
export interface TaskFiles extends Head {
  /** From 0. */
  readonly task: number;
  /** In the order of the head's rows. */
  readonly classes: readonly { readonly id: string; readonly name: string }[];
  /** Test accuracy right after the task was learned, a fraction; null where nobody measured it (a sequence begun elsewhere). */
  readonly accuracyThen: number | null;
}

/** A run as plain data. Tensors are torchvision's, by its names and in its layout; they may lie elsewhere until their files are written. */
export interface RunFiles {
  /** `features.0.weight` … `classifier.4.bias`. */
  readonly shared: readonly OutTensor[];
  /** Ω and θ* by the names of the shared weights; both empty where the method keeps none. */
  readonly omega: readonly OutTensor[];
  readonly anchor: readonly OutTensor[];
  readonly heads: readonly TaskFiles[];
  readonly config: JsonValue;
  readonly metrics: JsonValue;
  /** R[i][j], fractions, null where not measured. */
  readonly accuracyMatrix: readonly (readonly (number | null)[])[];
}

export interface OutFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly content: ByteSource;
}

export type WeightFiles = 'pytorch' | 'safetensors';

export interface TreeOptions {
  /** Which weight files; both by default. */
  readonly formats?: readonly WeightFiles[];
  /** Also `Task_k/alexnet`: the whole network per task, ready for torchvision. Large: the shared weights once per task. */
  readonly fullModels?: boolean;
}

/** All files of a run, sorted by path, to be written one by one or as one zip (`zipSource`). Tensors at hand are not copied. */
export function runTree(run: RunFiles, options: TreeOptions = {}): OutFile[] {
  const formats = options.formats ?? ['pytorch', 'safetensors'];
  const files: OutFile[] = [
    { path: 'config.json', content: jsonSource(run.config) },
    { path: 'metrics.json', content: jsonSource(run.metrics) },
    { path: 'metrics.csv', content: textSource(metricsCsv(run.accuracyMatrix)) },
  ];
  for (const format of formats) {
    files.push(sharedModelFile(run, format));
    if (run.omega.length > 0) files.push(regParamsFile(run, format));
    for (const head of run.heads) {
      files.push(headFile(head, format));
      if (options.fullModels === true) {
        files.push(weightFile(`${taskFolder(head)}/alexnet`, fullModelStateDict(run.shared, head), format));
      }
    }
  }
  for (const head of run.heads) {
    files.push(
      { path: `${taskFolder(head)}/classes.txt`, content: textSource(String(head.classes.length)) },
      { path: `${taskFolder(head)}/class_names.txt`, content: textSource(classNames(head)) },
    );
    if (head.accuracyThen !== null) {
      files.push({ path: `${taskFolder(head)}/performance.txt`, content: textSource(pythonFloat(head.accuracyThen)) });
    }
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** `models/shared_model`: the shared weights alone. */
export function sharedModelFile(run: Pick<RunFiles, 'shared'>, format: WeightFiles): OutFile {
  return weightFile('models/shared_model', run.shared, format);
}

/** `models/reg_params`; as safetensors, tensors are called `<name>/omega` and `<name>/init_val`. */
export function regParamsFile(run: Pick<RunFiles, 'omega' | 'anchor'>, format: WeightFiles): OutFile {
  const params = pairRegParams(run.omega, run.anchor);
  if (format === 'pytorch') return { path: 'models/reg_params.pickle', content: regParamsSource(params) };
  const tensors = params.flatMap(({ name, omega, anchor }) => [
    { ...omega, name: `${name}/omega` },
    { ...anchor, name: `${name}/init_val` },
  ]);
  return weightFile('models/reg_params', tensors, format);
}

/** `models/Task_k/head`. */
export function headFile(head: TaskFiles, format: WeightFiles): OutFile {
  return weightFile(`${taskFolder(head)}/head`, headStateDict(head), format);
}

/** One row per measurement: the accuracy of task `task` (from 1) after training `after_task`, and what was forgotten since it was learned. */
export function metricsCsv(matrix: RunFiles['accuracyMatrix']): string {
  const rows: CsvValue[][] = [];
  matrix.forEach((row, i) => {
    row.forEach((accuracy, j) => {
      if (accuracy === null) return;
      const learned = j <= i ? (matrix[j]?.[j] ?? null) : null;
      rows.push([i + 1, j + 1, accuracy, learned === null ? null : learned - accuracy]);
    });
  });
  return csvText(['after_task', 'task', 'accuracy', 'forgetting'], rows);
}

function weightFile(path: string, tensors: readonly OutTensor[], format: WeightFiles): OutFile {
  return format === 'pytorch'
    ? { path: `${path}.pth`, content: pthSource(tensors) }
    : { path: `${path}.safetensors`, content: safetensorsSource(tensors, { format: 'pt' }) };
}

function taskFolder(head: TaskFiles): string {
  return `models/Task_${head.task + 1}`;
}

/** Tabs and line breaks in names would shift the columns. */
function classNames(head: TaskFiles): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ');
  return head.classes.map(({ id, name }) => `${clean(id)}\t${clean(name)}\n`).join('');
}

/** A number as Python's `str(float)` has it where it matters: whole numbers keep a point. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function jsonSource(value: JsonValue): ByteSource {
  return textSource(`${JSON.stringify(value, null, 2)}\n`);
}
