/** Scrubs through the finished epochs: charts, matrix and tasks show the run as it was. */
import { useMemo } from 'react';
import { Slider } from '../controls/Slider.tsx';
import { stopScale } from '../controls/scale.ts';
import { formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { isBusy } from '../state/lab-state.ts';
import { texts } from '../texts.ts';

const t = texts.charts;
/** Keeps the slider's place while there is nothing to look back to: what appeared later would push the charts below it down. */
const NO_PAST = stopScale([0, 1]);

export function LookBack() {
  const lab = useLab();
  /** Nothing to look back from while it trains. */
  const latest = useApp((state) => (isBusy(state.lab.phase) ? null : state.lab.latest));
  const lookBack = useApp((state) => state.lookBack);
  const zoomed = useApp((state) => state.zoom !== null);
  const scale = useMemo(
    () => (latest !== null && lab.series.evaluations.length > 1 ? stopScale(lab.series.evaluations.map((point) => point.step)) : NO_PAST),
    [lab, latest],
  );
  return (
    <div className="look-back">
      <span className="field-label" aria-hidden="true">{t.lookBack}</span>
      <Slider
        label={t.lookBack} describedBy="look-back-state" scale={scale} value={lookBack ?? scale.max} disabled={scale === NO_PAST}
        onChange={(step) => lab.lookBackTo(step >= scale.max ? null : step)}
      />
      <span id="look-back-state" className="muted">{lookBack === null ? t.now : t.asOfStep(formatWhole(lookBack))}</span>
      {zoomed && <button type="button" className="small" onClick={() => lab.zoomTo(null)}>{t.zoomOut}</button>}
    </div>
  );
}
