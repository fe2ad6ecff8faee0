/** Stored datasets: what is there, how much room it takes, and ways to bring more. */
import { useState } from 'react';
import type { DatasetSummary } from '../../core/dataset-summary.ts';
import { formatBytes, formatDate, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { runLasts } from '../state/run-rules.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { ImportButton } from '../views/ImportButton.tsx';
import { ImportStatus } from '../views/ImportStatus.tsx';
import { UnfinishedImports } from '../views/UnfinishedImports.tsx';
import { Confirm } from './Confirm.tsx';
import { StoredWeights } from './StoredWeights.tsx';

const t = texts.data;

export function DataPanel() {
  const lab = useLab();
  const datasets = useApp((state) => state.lab.datasets);
  const [url, setUrl] = useState('');
  const [classes, setClasses] = useState('');
  return (
    <div className="stack">
      <UnfinishedImports />
      <ImportStatus />
      <section>
        <h3>{t.bring}</h3>
        <p className="card-hint">{t.bringHint}</p>
        <div className="button-row"><ImportButton /><ImportButton folder /></div>
        <form
          className="url-form"
          onSubmit={(event) => {
            event.preventDefault();
            lab.importUrl(url, classes);
          }}
        >
          <label htmlFor="import-url">{t.address}</label>
          <input id="import-url" type="url" required value={url} placeholder="https://…/train.parquet" onChange={(event) => setUrl(event.target.value)} />
          <button type="submit">{t.importAddress}</button>
          <label htmlFor="import-classes">{t.onlyClasses}</label>
          <input id="import-classes" type="text" value={classes} placeholder={t.onlyClassesExample} aria-describedby="import-classes-hint" onChange={(event) => setClasses(event.target.value)} />
          <p id="import-classes-hint" className="card-hint">{t.onlyClassesHint}</p>
        </form>
      </section>
      <section>
        <h3>{t.storedHere}</h3>
        {datasets === null ? <p className="muted">{t.listing}</p> : (
          <ul className="rows">{datasets.map((dataset) => <Dataset key={dataset.id} dataset={dataset} />)}</ul>
        )}
      </section>
      <StoredWeights />
      <Storage />
    </div>
  );
}

function Dataset({ dataset }: { readonly dataset: DatasetSummary }) {
  const lab = useLab();
  const used = useApp((state) => state.form.dataset === dataset.id);
  const lasts = useApp((state) => runLasts(state.lab));
  const [name, setName] = useState<string | null>(null);
  const builtin = dataset.kind === 'builtin';
  const save = (): void => {
    if (name !== null && name.trim() !== '' && name !== dataset.name) lab.send({ kind: 'rename-dataset', dataset: dataset.id, name: name.trim() });
    setName(null);
  };
  return (
    <li className="row">
      <div className="row-main">
        {name === null ? <b>{dataset.name}</b> : (
          <input
            type="text" aria-label={t.nameOf(dataset.name)} value={name} autoFocus onChange={(event) => setName(event.target.value)} onBlur={save}
            onKeyDown={(event) => {
              if (event.key === 'Enter') save();
              if (event.key === 'Escape') {
                event.stopPropagation();
                event.preventDefault();
                setName(null);
              }
            }}
          />
        )}
        <p className="muted">
          {[
            t.contents(formatWhole(dataset.classCount), formatWhole(dataset.trainCount), formatWhole(dataset.testCount)),
            builtin ? t.drawn : formatBytes(dataset.sizeBytes),
            ...(dataset.importedAt === null ? [] : [formatDate(dataset.importedAt)]),
            ...(dataset.arriving ? [t.arriving] : []),
            ...(dataset.skippedCount > 0 ? [t.skipped(formatWhole(dataset.skippedCount))] : []),
          ].join(' · ')}
        </p>
        {!builtin && <p className="muted source">{dataset.source}</p>}
      </div>
      <button type="button" disabled={used || lasts} onClick={() => lab.chooseDataset(dataset.id)}>{used ? t.inUse : t.use}</button>
      <button type="button" className="quiet" aria-label={t.browseNamed(dataset.name)} onClick={() => lab.openPanel({ kind: 'dataset', dataset: dataset.id })}>{t.browse}</button>
      {!builtin && <button type="button" className="quiet" onClick={() => setName(dataset.name)}>{t.rename}</button>}
      {!builtin && (
        <Confirm label={t.delete} question={t.deleteSure(dataset.name)} disabled={lasts && used} onConfirm={() => lab.send({ kind: 'delete-dataset', dataset: dataset.id })}>
          <Icon name="trash" />
        </Confirm>
      )}
    </li>
  );
}

function Storage() {
  const storage = useApp((state) => state.lab.storage);
  if (!storage || storage.usedBytes === null || storage.quotaBytes === null) return null;
  return (
    <section>
      <h3>{t.storage}</h3>
      <meter min={0} max={storage.quotaBytes} value={storage.usedBytes} aria-label={t.storage} />
      <p className="muted">{t.quota(formatBytes(storage.usedBytes), formatBytes(storage.quotaBytes))} {storage.persistent ? t.persistent : t.evictable}</p>
    </section>
  );
}
