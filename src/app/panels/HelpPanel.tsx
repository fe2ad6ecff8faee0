/** How to read the page, the mathematics with its sources, and the shortcuts. */
import { useLab } from '../lab-context.ts';
import { HIDEABLE } from '../state/config-url.ts';
import { texts } from '../texts.ts';

const t = texts.help;

export function HelpPanel() {
  const lab = useLab();
  return (
    <div className="stack help">
      <section>
        <p>{t.intro}</p>
        <ol className="steps">{t.steps.map((step) => <li key={step}>{step}</li>)}</ol>
        <button
          type="button"
          onClick={() => {
            lab.openPanel({ kind: 'none' });
            lab.startTour();
          }}
        >
          {t.tour}
        </button>
      </section>
      <section>
        <h3>{t.mathsTitle}</h3>
        <dl className="terms">
          {t.terms.map(({ term, formula, text, source }) => (
            <div key={term}>
              <dt>{term} <span className="formula">{formula}</span></dt>
              <dd>{text} <span className="muted">{source}</span></dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h3>{t.linksTitle}</h3>
        <p>{t.links}</p>
        <p>{t.hide(texts.list(HIDEABLE))}</p>
      </section>
      <section>
        <h3>{t.shortcutsTitle}</h3>
        <p className="card-hint">{t.shortcutsHint}</p>
        <dl className="shortcuts">
          {t.shortcuts.map(({ keys, does }) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{does}</dd></div>)}
        </dl>
      </section>
    </div>
  );
}
