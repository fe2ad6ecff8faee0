/** Classes as a list of options: chosen by click or Space, walked with the arrow keys, dragged with the pointer. */
import { memo } from 'react';
import type { KeyboardEvent } from 'react';

interface ClassListProps {
  readonly label: string;
  readonly refs: readonly string[];
  readonly nameOf: (ref: string) => string;
  readonly chosen: ReadonlySet<string>;
  readonly locked: boolean;
  readonly onToggle: (ref: string) => void;
  /** A class begins to be dragged. */
  readonly onDrag: (ref: string) => void;
}

export function ClassList({ label, refs, nameOf, chosen, locked, onToggle, onDrag }: ClassListProps) {
  return (
    <div role="listbox" aria-multiselectable="true" aria-label={label} className="split-classes" tabIndex={refs.length === 0 ? 0 : -1}>
      {refs.map((ref, index) => (
        <ClassOption key={ref} refId={ref} name={nameOf(ref)} first={index === 0} chosen={chosen.has(ref)} locked={locked} onToggle={onToggle} onDrag={onDrag} />
      ))}
    </div>
  );
}

interface ClassOptionProps extends Pick<ClassListProps, 'locked' | 'onToggle' | 'onDrag'> {
  readonly refId: string;
  readonly name: string;
  /** Where Tab enters the list. */
  readonly first: boolean;
  readonly chosen: boolean;
}

const ClassOption = memo(function ClassOption({ refId, name, first, chosen, locked, onToggle, onDrag }: ClassOptionProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const { currentTarget } = event;
    const step = ['ArrowDown', 'ArrowRight'].includes(event.key) ? currentTarget.nextElementSibling : ['ArrowUp', 'ArrowLeft'].includes(event.key) ? currentTarget.previousElementSibling : null;
    if (step instanceof HTMLElement) step.focus();
    else if (event.key !== ' ' && event.key !== 'Enter') return;
    else if (!locked) onToggle(refId);
    event.preventDefault();
  };
  return (
    <div
      role="option" aria-selected={chosen} title={refId} tabIndex={first ? 0 : -1} draggable={!locked}
      onClick={() => {
        if (!locked) onToggle(refId);
      }}
      onKeyDown={onKeyDown}
      onDragStart={(event) => {
        // Without data some browsers do not begin to drag.
        event.dataTransfer.setData('text/plain', name);
        event.dataTransfer.effectAllowed = 'move';
        onDrag(refId);
      }}
    >
      {name.split(',')[0]}
    </div>
  );
});
