/** What to compare: methods, seeds, and the λ to choose from. */
import { useId } from 'react';
import { METHOD_IDS, METHOD_LABELS, type MethodId } from '../../../core/config.ts';
import { methodHas } from '../../../core/method-settings.ts';
import { useApp, useLab } from '../../lab-context.ts';
import { MOST_SEEDS, choosesLambda, gridText, methodsRequest } from '../../state/comparing.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';
import { SeedsField } from './SeedsField.tsx';
import { StartRow } from './StartRow.tsx';

const t = texts.compare;

export function MethodsForm() {
  const lab = useLab();
  const draft = useApp((state) => state.comparing.draft);
  const form = useApp((state) => state.form);
  const asked = methodsRequest(draft, form);
  const wrong = 'wrong' in asked ? asked.wrong : [];
  const chosen = METHOD_IDS.filter((id) => draft.methods.includes(id));
  const protecting = chosen.filter((id) => methodHas(id, 'lambda'));
  return (
    <form
      className="compare-form"
      onSubmit={(event) => {
        event.preventDefault();
        if ('request' in asked) lab.research.compare('methods', asked.request);
      }}
    >
      <p className="card-hint">{t.methodsHint}</p>
      <fieldset className="method-choices">
        <legend>{t.methods}</legend>
        {METHOD_IDS.map((id) => (
          <label key={id} className="check">
            <input
              type="checkbox" checked={draft.methods.includes(id)}
              onChange={(event) => lab.research.fillIn({ methods: METHOD_IDS.filter((other) => (other === id ? event.target.checked : draft.methods.includes(other))) })}
            />
            {METHOD_LABELS[id]}
          </label>
        ))}
      </fieldset>
      <div className="compare-counts">
        <SeedsField wrong={wrong.includes('seeds')} />
        {choosesLambda(draft) && form.tasks > 1 && <SelectionField wrong={wrong.includes('selectionTasks')} />}
      </div>
      {protecting.length > 0 && (
        <details className="grids">
          <summary>{t.lambdas}<span className="muted"> {Object.keys(draft.grids).length === 0 && t.ownLambdas}</span></summary>
          <p className="card-hint">{t.selectionHint}</p>
          <div className="grid-fields">{protecting.map((id) => <GridField key={id} method={id} wrong={wrong.includes(id)} />)}</div>
        </details>
      )}
      {wrong.length > 0 && <p role="alert" className="message-hint">{wrong.map((field) => complaint(field, form.tasks)).join(' ')}</p>}
      <StartRow kind="methods" label={t.start} valid={wrong.length === 0} />
    </form>
  );
}

function complaint(field: MethodId | 'methods' | 'seeds' | 'selectionTasks', tasks: number): string {
  switch (field) {
    case 'methods':
      return t.wrong.methods;
    case 'seeds':
      return t.wrong.seeds(MOST_SEEDS);
    case 'selectionTasks':
      return t.wrong.selectionTasks(tasks);
    default:
      return t.wrong.lambdas(methodName(field));
  }
}

function SelectionField({ wrong }: { readonly wrong: boolean }) {
  const lab = useLab();
  const id = useId();
  const value = useApp((state) => state.comparing.draft.selectionTasks);
  return (
    <div className="count-field">
      <label htmlFor={id}>{t.selectionTasks}</label>
      <input
        id={id} type="text" inputMode="numeric" autoComplete="off" value={value} aria-invalid={wrong || undefined} title={t.selectionHint}
        onChange={(event) => lab.research.fillIn({ selectionTasks: event.target.value })}
      />
    </div>
  );
}

function GridField({ method, wrong }: { readonly method: MethodId; readonly wrong: boolean }) {
  const lab = useLab();
  const id = useId();
  const draft = useApp((state) => state.comparing.draft);
  return (
    <>
      <label htmlFor={id}>{methodName(method)}</label>
      <input
        id={id} type="text" aria-label={t.lambdasOf(methodName(method))} autoComplete="off" spellCheck={false} value={gridText(draft, method)} aria-invalid={wrong || undefined}
        onChange={(event) => lab.research.fillIn({ grids: { ...draft.grids, [method]: event.target.value } })}
      />
    </>
  );
}
