/** Under the accuracy chart: what happens and what happened, in words, and the one click that shows the opposite. */
import { formatPercent, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { compareDigest } from '../state/digest.ts';
import type { Verdict } from '../state/digest.ts';
import { activeTask } from '../state/lab-state.ts';
import { comparison, protects, runLabel, runName, story, storySoFar } from '../state/story.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';
import { useShown } from './use-shown.ts';

const t = texts.story;
const MARKS = ['- - -', '· · ·', '– · –'];

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'waiting':
      return t.expected.waiting;
    case 'same':
      return t.expected.same;
    case 'close':
      return t.expected.close(formatPercent(verdict.largest, true));
    case 'differs':
      return t.expected.differs(formatWhole(verdict.step));
  }
}

export function Story() {
  const lab = useLab();
  const metrics = useApp((state) => state.lab.metrics);
  const config = useApp((state) => state.lab.runConfig);
  const runId = useApp((state) => state.lab.runId);
  const done = useApp((state) => state.lab.phase.kind === 'done');
  const overlays = useApp((state) => state.overlays);
  const others = overlays.filter((overlay) => overlay.summary.id !== runId);
  const against = metrics && config && others[0]
    ? comparison({ config, metrics }, { config: others[0].summary.config, metrics: others[0].summary.metrics })
    : null;
  const expected = useApp((state) => state.expected);
  // Evaluations arrive together with `latest`: following it keeps the verdict current.
  useApp((state) => (state.expected === null ? null : state.lab.latest));
  const verdict = expected === null ? null : verdictText(compareDigest(expected, lab.series.evaluations));
  const learning = useApp((state) => activeTask(state.lab.phase));
  const soFar = useShown('story', (shown) => (learning === null ? null : storySoFar(shown, learning)));
  const told = metrics && config ? (story({ config, metrics }) ?? t.learnedFirst) : t.nothingYet;
  return (
    <div className="story">
      {others.length > 0 && (
        <ul className="overlay-list">
          {config !== null && <li><span className="overlay-mark">——</span>{runLabel(config)} <span className="muted">{t.thisRun}</span></li>}
          {others.map((overlay, index) => (
            <li key={overlay.summary.id}>
              <span className="overlay-mark">{MARKS[index % MARKS.length]}</span>{runLabel(overlay.summary.config)} <span className="muted">{overlay.summary.name}</span>
              <button type="button" className="quiet icon-only small" aria-label={t.removeOverlay(runName(overlay.summary))} onClick={() => lab.toggleOverlay(overlay.summary.id)}><Icon name="close" /></button>
            </li>
          ))}
        </ul>
      )}
      <p>{soFar ?? against ?? told}</p>
      {verdict !== null && <p className="verdict" role="note">{verdict}</p>}
      {done && config !== null && protects(config) && !others.some((overlay) => !protects(overlay.summary.config)) && (
        <button type="button" onClick={() => lab.repeatWithoutProtection()}>{t.repeat(runLabel({ ...config }).split(',')[0]!)}</button>
      )}
    </div>
  );
}
