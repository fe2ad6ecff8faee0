/** Which λ each method was given, and what the others scored on held-out training images. */
import type { LambdaChoice } from '../../../core/comparison.ts';
import { formatExact, formatNumber, formatPercent } from '../../format.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';

const t = texts.compare;

interface ChosenLambdasProps {
  readonly choices: readonly LambdaChoice[];
  readonly selectionTasks: number;
  /** λ was chosen over these. */
  readonly seeds: readonly number[];
}

export function ChosenLambdas({ choices, selectionTasks, seeds }: ChosenLambdasProps) {
  const chosen = choices.filter(({ scores }) => scores.length > 0);
  if (chosen.length === 0) return null;
  return (
    <section>
      <h3>{t.chosenTitle}</h3>
      <p className="card-hint">{t.chosenHint(selectionTasks, seeds.map(formatExact))}</p>
      <dl className="chosen-lambdas">
        {chosen.map(({ method, lambda, scores }) => (
          <div key={method}>
            <dt>{methodName(method)}</dt>
            <dd>
              <ul>
                {scores.map((score) => (
                  <li key={score.lambda} data-chosen={score.lambda === lambda || undefined}>
                    <span>{t.tried(formatNumber(score.lambda))}</span>
                    <b>{score.accuracy === null ? t.diverged : formatPercent(score.accuracy, true)}</b>
                    {score.lambda === lambda && <span className="chosen-mark">{t.chosen}</span>}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
