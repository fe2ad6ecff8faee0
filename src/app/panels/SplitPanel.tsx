/** Classes moved between tasks: by dragging, or chosen with keyboard or pointer and moved by a menu. Each move is the new split. */
import { useMemo, useRef, useState } from 'react';
import type { DragEvent } from 'react';
import { settingOf } from '../../core/settings.ts';
import { useApp, useLab } from '../lab-context.ts';
import { classPlace, classRef, handSplit, handTasksOf, moveClasses, removeTask, shiftTask } from '../state/hand-split.ts';
import type { Destination, HandTasks } from '../state/hand-split.ts';
import { lockOf } from '../state/run-rules.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { ClassList } from './ClassList.tsx';
import { classMatches, useDatasetContents } from './use-dataset-contents.ts';

const t = texts.handSplit;

export function SplitPanel() {
  const lab = useLab();
  const home = useApp((state) => state.form.dataset);
  const split = useApp((state) => state.form.split);
  const manualTasks = useApp((state) => state.form.manualTasks);
  const plan = useApp((state) => state.plan.tasks);
  const datasets = useApp((state) => state.lab.datasets);
  const locked = useApp((state) => lockOf(settingOf('manualTasks'), state.lab) === 'locked');
  const tasks = useMemo((): HandTasks => (split === 'manual' && manualTasks ? manualTasks : handTasksOf(plan)), [split, manualTasks, plan]);
  const [from, setFrom] = useState(home);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  const dragged = useRef<readonly string[]>([]);

  const contents = useDatasetContents([home, from, ...tasks.flat().map((ref) => classPlace(home, ref).dataset)]);
  const nameOf = (ref: string): string => {
    const { dataset, classId } = classPlace(home, ref);
    return contents.get(dataset)?.classes.find(({ id }) => id === classId)?.name ?? ref;
  };
  const used = new Set(tasks.flat());
  const unused = (contents.get(from)?.classes ?? [])
    .filter((entry) => classMatches(query, entry))
    .map(({ id }) => classRef(home, from, id))
    .filter((ref) => !used.has(ref));

  const change = (next: HandTasks): void => lab.change(handSplit(next));
  const move = (refs: readonly string[], to: Destination): void => {
    if (refs.length === 0 || locked) return;
    change(moveClasses(tasks, refs, to));
    setChosen(new Set());
    setSaid(t.moved(refs.length, to.kind === 'unused' ? t.unused : texts.task(to.kind === 'new' ? tasks.length : to.task)));
  };
  /** The chosen classes in the order they are shown. */
  const inOrder = [...tasks.flat(), ...unused].filter((ref) => chosen.has(ref));
  const listProps = {
    nameOf, chosen, locked,
    onToggle: (ref: string) => setChosen((before) => (before.has(ref) ? new Set([...before].filter((other) => other !== ref)) : new Set([...before, ref]))),
    onDrag: (ref: string) => {
      dragged.current = chosen.has(ref) ? inOrder : [ref];
    },
  };
  const dropOn = (to: Destination) => ({
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      move(dragged.current, to);
      dragged.current = [];
    },
  });

  return (
    <div className="stack">
      <section>
        <p className="card-hint">{locked ? t.locked : t.hint}</p>
        <div className="panel-line split-tools">
          <span role="status" className="muted">{chosen.size > 0 ? t.chosen(chosen.size) : said}</span>
          <button type="button" className="small" disabled={locked || unused.length === 0} onClick={() => setChosen(new Set([...chosen, ...unused]))}>{t.chooseShown}</button>
          <button type="button" className="small" disabled={chosen.size === 0} onClick={() => setChosen(new Set())}>{t.chooseNone}</button>
          <MoveMenu tasks={tasks.length} disabled={locked || chosen.size === 0} onMove={(to) => move(inOrder, to)} />
        </div>
      </section>
      <div className="split-board">
        <section className="split-pool" aria-label={t.unused} {...dropOn({ kind: 'unused' })}>
          <h3>{t.unusedCount(unused.length)}</h3>
          <label>
            <span>{t.from}</span>
            <select value={from} onChange={(event) => setFrom(event.target.value)}>
              {datasets?.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
            </select>
          </label>
          <input type="search" aria-label={t.search} placeholder={t.search} value={query} onChange={(event) => setQuery(event.target.value)} />
          <ClassList label={t.unused} refs={unused} {...listProps} />
        </section>
        <ol className="split-tasks">
          {tasks.map((refs, index) => (
            <li key={index}>
              <section className="split-task" aria-label={texts.task(index)} {...dropOn({ kind: 'task', task: index })}>
                <div className="panel-line">
                  <h3>{t.taskCount(index, refs.length)}</h3>
                  <button type="button" className="quiet icon-only flip" aria-label={t.earlier(index)} disabled={locked || index === 0} onClick={() => change(shiftTask(tasks, index, -1))}><Icon name="chevron" /></button>
                  <button type="button" className="quiet icon-only" aria-label={t.later(index)} disabled={locked || index === tasks.length - 1} onClick={() => change(shiftTask(tasks, index, 1))}><Icon name="chevron" /></button>
                  <button type="button" className="quiet icon-only" aria-label={t.remove(index)} disabled={locked || tasks.length === 1} onClick={() => change(removeTask(tasks, index))}><Icon name="close" /></button>
                </div>
                {refs.length < 2 && <p className="muted">{refs.length === 0 ? t.none : t.few}</p>}
                <ClassList label={texts.task(index)} refs={refs} {...listProps} />
              </section>
            </li>
          ))}
          <li>
            <section className="split-task split-new" aria-label={t.newTask} {...dropOn({ kind: 'new' })}>
              <button type="button" disabled={locked} onClick={() => change([...tasks, []])}>{t.newTask}</button>
            </section>
          </li>
        </ol>
      </div>
    </div>
  );
}

interface MoveMenuProps {
  readonly tasks: number;
  readonly disabled: boolean;
  readonly onMove: (to: Destination) => void;
}

function MoveMenu({ tasks, disabled, onMove }: MoveMenuProps) {
  return (
    <select
      aria-label={t.moveTo} value="" disabled={disabled}
      onChange={({ target: { value } }) => onMove(value === 'unused' || value === 'new' ? { kind: value } : { kind: 'task', task: Number(value) })}
    >
      <option value="" disabled hidden>{t.moveTo}</option>
      {Array.from({ length: tasks }, (_, index) => <option key={index} value={index}>{texts.task(index)}</option>)}
      <option value="new">{t.newTask}</option>
      <option value="unused">{t.unused}</option>
    </select>
  );
}
