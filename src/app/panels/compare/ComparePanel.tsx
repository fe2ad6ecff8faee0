/** Research: methods side by side, one method over seeds, and MAS as others compute it. */
import { useApp, useLab } from '../../lab-context.ts';
import type { CompareView } from '../../state/app-state.ts';
import { texts } from '../../texts.ts';
import { ComparisonResult } from './ComparisonResult.tsx';
import { DialectsView } from './DialectsView.tsx';
import { MethodsForm } from './MethodsForm.tsx';
import { SeedsForm } from './SeedsForm.tsx';

const t = texts.compare;
const VIEWS: readonly CompareView[] = ['methods', 'seeds', 'dialects'];

export function ComparePanel({ view }: { readonly view: CompareView }) {
  const lab = useLab();
  const running = useApp((state) => state.comparing.running?.kind ?? null);
  return (
    <div className="stack compare-panel">
      <div className="segmented segmented-wide" role="group" aria-label={t.views.label}>
        {VIEWS.map((choice) => (
          <button key={choice} type="button" aria-pressed={view === choice} onClick={() => lab.openPanel({ kind: 'compare', view: choice })}>
            {t.views[choice]}{running === choice && <span className="status-dot" data-phase="training" aria-hidden="true" />}
          </button>
        ))}
      </div>
      {view === 'dialects' ? <DialectsView /> : (
        <>
          {view === 'methods' ? <MethodsForm /> : <SeedsForm />}
          <ComparisonResult key={view} kind={view} />
        </>
      )}
    </div>
  );
}
