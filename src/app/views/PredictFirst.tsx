/** "Predict first": before a task is trained, the person draws what will become of task 1; afterwards the page scores it. */
import { Slider } from '../controls/Slider.tsx';
import { stopScale } from '../controls/scale.ts';
import { formatPercent, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { activeTask, finishedTasks } from '../state/lab-state.ts';
import { predictedAt, reasonOf, scorePrediction, settleAt } from '../state/prediction.ts';
import { protects } from '../state/story.ts';
import { useRunShape } from '../charts/use-run-shape.ts';
import { texts } from '../texts.ts';

const t = texts.predict;
const SCALE = stopScale(Array.from({ length: 101 }, (_, percent) => percent / 100));

export function PredictFirst() {
  const lab = useLab();
  const on = useApp((state) => state.predicting);
  const prediction = useApp((state) => state.prediction);
  const finished = useApp((state) => finishedTasks(state.lab));
  const inTask = useApp((state) => activeTask(state.lab.phase) !== null);
  const config = useApp((state) => state.lab.runConfig);
  const shape = useRunShape();
  // The score appears with the evaluation that ends the task.
  useApp((state) => (state.predicting ? state.lab.latest : null));
  if (!on) return null;
  const segment = shape.segments[finished];
  const score = prediction ? scorePrediction(prediction, lab.series.evaluations) : null;
  const now = lab.series.evaluations.at(-1)?.accuracy[0] ?? null;
  const guess = prediction && segment && prediction.during === finished ? predictedAt(prediction, segment.end) : null;
  return (
    <div className="predict">
      {score !== null && prediction !== null && config !== null && (
        <p>
          <b>{t.score(formatWhole(Math.round(score.meanError * 100)))}</b>{' '}
          {t.ends(formatPercent(score.expectedEnd), formatPercent(score.realEnd))} {t.reasons[reasonOf(score, protects(config))]}
        </p>
      )}
      {finished === 0 ? <p>{inTask ? t.wait : t.first}</p> : inTask ? score === null && <p>{t.watch}</p> : segment && now !== null && (
        <>
          <p>{t.question(finished)}</p>
          <div className="predict-end">
            <span className="field-label" aria-hidden="true">{t.end}</span>
            <Slider
              label={t.end} describedBy="predict-value" scale={SCALE} value={guess ?? now} disabled={false}
              onChange={(end) => lab.predict(settleAt(0, finished, { step: segment.start, accuracy: now }, segment.end, end))}
            />
            <span id="predict-value" className="muted">{guess === null ? '–' : formatPercent(guess)}</span>
          </div>
        </>
      )}
    </div>
  );
}
