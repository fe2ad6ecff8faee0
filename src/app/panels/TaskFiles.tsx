/** The files of a task and of the run, each alone. */
import { useState } from 'react';
import type { DownloadItem, WeightFormat } from '../../core/protocol.ts';
import { useApp, useLab } from '../lab-context.ts';
import { downloadKey } from '../state/lab.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';

const t = texts.files;

export function TaskFiles({ index }: { readonly index: number }) {
  const lab = useLab();
  const [format, setFormat] = useState<WeightFormat>('safetensors');
  const downloading = useApp((state) => state.downloading);
  const hidden = useApp((state) => state.hidden.has('downloads'));
  if (hidden) return null;
  const items: readonly { readonly item: DownloadItem; readonly label: string }[] = [
    { item: { kind: 'head', task: index }, label: t.head(index) },
    { item: { kind: 'shared-model' }, label: t.shared },
    { item: { kind: 'reg-params' }, label: t.importance },
    { item: { kind: 'metrics-csv' }, label: t.metricsCsv },
    { item: { kind: 'metrics-json' }, label: t.metricsJson },
    { item: { kind: 'config' }, label: t.config },
    { item: { kind: 'run' }, label: t.run },
  ];
  return (
    <section>
      <div className="panel-line">
        <h3>{t.title}</h3>
        <div className="segmented" role="group" aria-label={texts.run.format}>
          {(['safetensors', 'pytorch'] as const).map((choice) => (
            <button key={choice} type="button" aria-pressed={format === choice} onClick={() => setFormat(choice)}>{texts.run.formats[choice]}</button>
          ))}
        </div>
      </div>
      <div className="button-row">
        {items.map(({ item, label }) => (
          <button key={downloadKey(item)} type="button" disabled={downloading !== null} aria-busy={downloading === downloadKey(item)} onClick={() => lab.download(item, format)}>
            <Icon name="download" />{label}
          </button>
        ))}
      </div>
    </section>
  );
}
