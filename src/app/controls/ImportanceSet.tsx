/** Which images importance is measured on: another stored dataset by name, and, of it or of the tasks, chosen classes by name. */
import { useEffect, useId, useState } from 'react';
import type { RunConfig } from '../../core/config.ts';
import { settingOf } from '../../core/settings.ts';
import { methodHas } from '../../core/method-settings.ts';
import type { TaskSummary } from '../../core/protocol.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { lockOf } from '../state/run-rules.ts';
import { texts } from '../texts.ts';

const t = texts.settings;
const dataset = settingOf('importanceDataset');
const classes = settingOf('importanceClasses');

type Classes = TaskSummary['classes'];
const NO_CLASSES: Classes = [];

export function ImportanceSet() {
  const read = useApp((state) => methodHas(state.form.method, 'importanceSource'));
  const source = useApp((state) => state.form.importanceSource);
  const hidden = useApp((state) => state.hidden);
  if (!read) return null;
  return (
    <>
      {source === 'dataset' && !hidden.has(dataset.url) && <DatasetPicker />}
      {!hidden.has(classes.url) && (source === 'dataset' ? <ClassesOfDataset /> : <ClassesOfTasks />)}
    </>
  );
}

function DatasetPicker() {
  const lab = useLab();
  const id = useId();
  const datasets = useApp((state) => state.lab.datasets);
  const value = useApp((state) => state.form.importanceDataset);
  const locked = useApp((state) => lockOf(dataset, state.lab) === 'locked');
  const known = value === '' || (datasets?.some((candidate) => candidate.id === value) ?? false);
  return (
    <div className="field field-select" title={locked ? t.locked : dataset.help}>
      <label htmlFor={id} className="field-label">{dataset.label}</label>
      <select
        id={id} value={value} disabled={locked} aria-describedby={`${id}-help`}
        // Class ids are a dataset's own.
        onChange={(event) => lab.change({ importanceDataset: event.target.value, importanceClasses: '' })}
      >
        {value === '' && <option value="">{t.chooseDataset}</option>}
        {datasets?.map((candidate) => <option key={candidate.id} value={candidate.id}>{candidate.name}</option>)}
        {!known && <option value={value}>{t.unknownDataset(value)}</option>}
      </select>
      <span id={`${id}-help`} className="visually-hidden">{dataset.help}</span>
    </div>
  );
}

function ClassesOfTasks() {
  const tasks = useApp(shownTasks);
  return <ClassPicker classes={tasks.flatMap((task) => task.classes)} />;
}

/** The classes of the dataset that importance is measured on, asked for as one task of them all. */
function ClassesOfDataset() {
  const lab = useLab();
  const id = useApp((state) => state.form.importanceDataset);
  const count = useApp((state) => state.lab.datasets?.find((candidate) => candidate.id === id)?.classCount ?? 0);
  const [listed, setListed] = useState<{ readonly of: string; readonly classes: Classes } | null>(null);
  useEffect(() => {
    if (count === 0) return undefined;
    let current = true;
    const whole: RunConfig = { ...lab.store.getState().form, dataset: id, tasks: 1, classesPerTask: count, split: 'ordered', manualTasks: null, importanceSource: 'train', importanceClasses: '' };
    lab.api.planTasks(whole).then(
      ([task]) => {
        if (current) setListed({ of: id, classes: task?.classes ?? NO_CLASSES });
      },
      (error: unknown) => {
        if (current) lab.fail(error);
      },
    );
    return () => {
      current = false;
    };
  }, [lab, id, count]);
  return <ClassPicker classes={listed?.of === id ? listed.classes : NO_CLASSES} />;
}

function ClassPicker({ classes: offered }: { readonly classes: Classes }) {
  const lab = useLab();
  const value = useApp((state) => state.form.importanceClasses);
  const locked = useApp((state) => lockOf(classes, state.lab) === 'locked');
  const chosen = readIds(value);
  // Ids that came with a link or another dataset stay visible, so that they can be taken out.
  const strangers = chosen.filter((id) => !offered.some((candidate) => candidate.id === id)).map((id) => ({ id, name: id }));
  const all = [...offered, ...strangers];
  const toggle = (id: string): void => lab.change({ importanceClasses: (chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]).join(',') });
  return (
    <details className="class-picker" title={locked ? t.locked : classes.help}>
      <summary><span className="field-label">{classes.label}</span> <span className="muted">{chosen.length === 0 ? t.allClasses : t.someClasses(chosen.length)}</span></summary>
      <fieldset disabled={locked}>
        <legend className="visually-hidden">{classes.help}</legend>
        {chosen.length > 0 && <button type="button" className="small" onClick={() => lab.change({ importanceClasses: '' })}>{t.allClasses}</button>}
        <ul tabIndex={0} aria-label={classes.label}>
          {all.map(({ id, name }) => <li key={id}><label className="check"><input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} />{name}</label></li>)}
        </ul>
      </fieldset>
    </details>
  );
}

function readIds(text: string): readonly string[] {
  return text.split(',').map((id) => id.trim()).filter((id) => id !== '');
}
