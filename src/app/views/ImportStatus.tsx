/** An import as it runs, and what came of it. */
import { useState } from 'react';
import { formatBytes, formatDuration, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';

const t = texts.data;

export function ImportStatus() {
  const lab = useLab();
  const importing = useApp((state) => state.lab.importing);
  const [details, setDetails] = useState(false);
  switch (importing.kind) {
    case 'none':
      return null;
    case 'running': {
      const { progress } = importing;
      const share = progress === null || progress.bytesTotal === 0 ? null : progress.bytesDone / progress.bytesTotal;
      return (
        <section className="card import" aria-label={t.importing}>
          <div className="import-line">
            <b>{progress === null ? t.opening : t.importingName(progress.name)}</b>
            <button type="button" onClick={() => lab.cancelImport()}>{t.cancel}</button>
          </div>
          <progress {...(share === null ? {} : { value: share })} max={1} aria-label={t.importing} />
          {progress !== null && (
            <p className="muted" role="status">
              {[
                t.bytes(formatBytes(progress.bytesDone), formatBytes(progress.bytesTotal)),
                t.images(formatWhole(progress.imagesDone), progress.imagesTotal === null ? null : formatWhole(progress.imagesTotal)),
                texts.stats.speed(progress.imagesPerSecond),
                ...(progress.etaMs === null ? [] : [texts.stats.left(formatDuration(progress.etaMs))]),
                ...(progress.skipped > 0 ? [t.skipped(formatWhole(progress.skipped))] : []),
              ].join(' · ')}
            </p>
          )}
        </section>
      );
    }
    case 'done': {
      const { report } = importing;
      return (
        <section className="card import" aria-label={t.imported}>
          <div className="import-line">
            <p role="status">
              <Icon name="check" /> <b>{t.importedName(report.name)}</b>{' '}
              {t.stored(formatWhole(report.classCount), formatWhole(report.trainCount), formatWhole(report.testCount), formatDuration(report.elapsedMs))}
            </p>
            <button type="button" className="quiet icon-only" aria-label={texts.messages.dismiss} onClick={() => lab.closeImportReport()}><Icon name="close" /></button>
          </div>
          {report.skipped > 0 && (
            <>
              <button type="button" className="quiet small" aria-expanded={details} onClick={() => setDetails(!details)}>{t.skippedShow(formatWhole(report.skipped))}</button>
              {details && (
                <ul className="skipped">
                  {report.skippedEntries.map((entry) => <li key={entry.name}><code>{entry.name}</code> {entry.reason}</li>)}
                  {report.skipped > report.skippedEntries.length && <li>{t.skippedMore(formatWhole(report.skipped - report.skippedEntries.length))}</li>}
                </ul>
              )}
            </>
          )}
        </section>
      );
    }
  }
}
