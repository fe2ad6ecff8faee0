/** Imported weights: what is there, how much room it takes, and the next run from them. */
import { MODEL_LABELS } from '../../core/config.ts';
import type { WeightsSummary } from '../../core/protocol.ts';
import { formatBytes, formatDate } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { runLasts } from '../state/run-rules.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { Confirm } from './Confirm.tsx';

const t = texts.data;

export function StoredWeights() {
  const stored = useApp((state) => state.lab.weights);
  return (
    <section aria-label={t.weights}>
      <h3>{t.weights}</h3>
      <p className="card-hint">{t.weightsHint}</p>
      {stored.length === 0 ? <p className="muted">{t.noWeights}</p> : (
        <ul className="rows">{stored.map((weights) => <Weights key={weights.id} weights={weights} />)}</ul>
      )}
    </section>
  );
}

function Weights({ weights: { id, name, models, sizeBytes, importedAt } }: { readonly weights: WeightsSummary }) {
  const lab = useLab();
  const chosen = useApp((state) => state.form.initialWeights === id);
  const model = useApp((state) => state.form.model);
  const lasts = useApp((state) => runLasts(state.lab));
  const fitting = models.includes(model) ? model : models[0];
  if (!fitting) return null;
  return (
    <li className="row">
      <div className="row-main">
        <b>{name}</b>
        <p className="muted">{[t.weightsFor(models.map((each) => MODEL_LABELS[each]).join(', ')), formatBytes(sizeBytes), formatDate(importedAt)].join(' · ')}</p>
        <p className="muted source">SHA-256 {id}</p>
      </div>
      <button type="button" disabled={chosen || lasts} onClick={() => lab.change({ initialWeights: id, model: fitting })}>{chosen ? t.inUse : t.use}</button>
      <Confirm
        label={t.delete} question={t.deleteSure(name)} disabled={lasts && chosen}
        onConfirm={() => {
          lab.send({ kind: 'delete-weights', id });
          if (chosen) lab.change({ initialWeights: '' });
        }}
      >
        <Icon name="trash" />
      </Confirm>
    </li>
  );
}
