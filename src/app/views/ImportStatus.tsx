/** An import as it runs, and what came of it. */
import { useState } from 'react';
import { formatBytes, formatDuration, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';
import { SkippedFiles } from './SkippedFiles.tsx';

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
            <span className="button-row">
              {progress !== null && (progress.paused
                ? <button type="button" onClick={() => lab.pauseImport(false)}><Icon name="play" />{t.resume}</button>
                : <button type="button" onClick={() => lab.pauseImport(true)}><Icon name="pause" />{t.pause}</button>)}
              <button type="button" onClick={() => lab.cancelImport()}>{t.cancel}</button>
            </span>
          </div>
          <progress {...(share === null ? {} : { value: share })} max={1} aria-label={t.importing} />
          {progress !== null && (
            <p className="muted" role="status">
              {[
                t.bytes(formatBytes(progress.bytesDone), formatBytes(progress.bytesTotal)),
                t.images(formatWhole(progress.imagesDone), progress.imagesTotal === null ? null : formatWhole(progress.imagesTotal)),
                progress.paused ? t.paused : texts.stats.speed(progress.imagesPerSecond),
                ...(progress.etaMs === null || progress.paused ? [] : [texts.stats.left(formatDuration(progress.etaMs))]),
                ...(progress.skipped > 0 ? [t.skipped(formatWhole(progress.skipped))] : []),
              ].join(' · ')}
            </p>
          )}
          {progress !== null && progress.freeBytes !== null && <Room free={progress.freeBytes} wanted={progress.bytesTotal - progress.bytesDone} />}
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
              {t.stored(formatWhole(report.classCount), formatWhole(report.trainCount), formatWhole(report.testCount), formatDuration(Math.max(1000, report.elapsedMs)))}
            </p>
            <button type="button" className="quiet icon-only" aria-label={texts.messages.dismiss} onClick={() => lab.closeImportReport()}><Icon name="close" /></button>
          </div>
          {report.skipped > 0 && (
            <>
              <button type="button" className="quiet small" aria-expanded={details} onClick={() => setDetails(!details)}>{t.skippedShow(formatWhole(report.skipped))}</button>
              {details && <SkippedFiles count={report.skipped} entries={report.skippedEntries} />}
            </>
          )}
        </section>
      );
    }
  }
}

/** The room that is left for what is still to come. */
function Room({ free, wanted }: { readonly free: number; readonly wanted: number }) {
  const missing = wanted - free;
  return <p className={missing > 0 ? 'room-short' : 'muted'}>{missing > 0 ? t.roomShort(formatBytes(free), formatBytes(missing)) : t.room(formatBytes(free))}</p>;
}
