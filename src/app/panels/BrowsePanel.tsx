/** A dataset looked into: its classes, searched by word, their images, and what was skipped on the way in. */
import { useEffect, useState } from 'react';
import type { ClassSummary, StoredImage } from '../../core/dataset-summary.ts';
import { formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { ClassThumbnail, PixelImage } from '../views/PixelImage.tsx';
import { SkippedFiles } from '../views/SkippedFiles.tsx';
import { classMatches, useDatasetContents } from './use-dataset-contents.ts';

const t = texts.browse;
const CLASSES_AT_ONCE = 48;
const IMAGES_AT_ONCE = 36;
const IMAGE_SIZE = 64;

export function BrowsePanel({ dataset }: { readonly dataset: string }) {
  const lab = useLab();
  const summary = useApp((state) => state.lab.datasets?.find(({ id }) => id === dataset));
  const contents = useDatasetContents([dataset]).get(dataset);
  const [query, setQuery] = useState('');
  const [most, setMost] = useState(CLASSES_AT_ONCE);
  const [open, setOpen] = useState<string | null>(null);
  const found = contents?.classes.filter((entry) => classMatches(query, entry)) ?? [];
  const opened = contents?.classes.find(({ id }) => id === open) ?? null;
  return (
    <div className="stack">
      <section>
        <div className="panel-line">
          <button type="button" className="small" onClick={() => lab.openPanel({ kind: 'data' })}>{t.back}</button>
          <b>{summary?.name ?? dataset}</b>
          {summary && <span className="muted">{texts.data.contents(formatWhole(summary.classCount), formatWhole(summary.trainCount), formatWhole(summary.testCount))}</span>}
        </div>
        <label className="browse-search">
          <span>{t.search}</span>
          <input type="search" value={query} placeholder={t.searchHint} onChange={(event) => setQuery(event.target.value)} />
        </label>
        <p className="muted" role="status">{contents ? t.found(formatWhole(found.length), formatWhole(contents.classes.length)) : texts.data.listing}</p>
      </section>
      {opened && <ClassImages key={opened.id} dataset={dataset} entry={opened} onClose={() => setOpen(null)} />}
      <section>
        <ul className="browse-classes">
          {found.slice(0, most).map((entry) => (
            <li key={entry.id}>
              <button type="button" className="browse-class" aria-expanded={open === entry.id} onClick={() => setOpen(open === entry.id ? null : entry.id)}>
                <ClassThumbnail dataset={dataset} classId={entry.id} name={entry.name} size={IMAGE_SIZE} />
                <b>{entry.name}</b>
                <span className="muted">{t.counts(formatWhole(entry.trainCount), formatWhole(entry.testCount))}</span>
              </button>
            </li>
          ))}
        </ul>
        {found.length > most && <button type="button" className="fit" onClick={() => setMost(most + CLASSES_AT_ONCE)}>{t.moreClasses}</button>}
      </section>
      {contents && (contents.skipped > 0 || contents.ignored > 0) && (
        <section>
          <h3>{t.skipped}</h3>
          {contents.ignored > 0 && <p className="muted">{t.ignored(formatWhole(contents.ignored))}</p>}
          {contents.skipped > 0 && <SkippedFiles count={contents.skipped} entries={contents.skippedEntries} />}
        </section>
      )}
    </div>
  );
}

interface ClassImagesProps {
  readonly dataset: string;
  readonly entry: ClassSummary;
  readonly onClose: () => void;
}

function ClassImages({ dataset, entry, onClose }: ClassImagesProps) {
  const lab = useLab();
  const [split, setSplit] = useState<'train' | 'test'>('train');
  const [most, setMost] = useState(IMAGES_AT_ONCE);
  const [images, setImages] = useState<readonly StoredImage[] | null>(null);
  useEffect(() => {
    let current = true;
    lab.api.classImages(dataset, entry.id, split, 0, most, IMAGE_SIZE).then(
      (found) => {
        if (current) setImages(found);
      },
      (error: unknown) => {
        if (current) lab.fail(error);
      },
    );
    return () => {
      current = false;
    };
  }, [lab, dataset, entry.id, split, most]);
  const show = (next: 'train' | 'test'): void => {
    setSplit(next);
    setMost(IMAGES_AT_ONCE);
    setImages(null);
  };
  const total = split === 'train' ? entry.trainCount : entry.testCount;
  return (
    <section aria-label={t.imagesOf(entry.name)}>
      <div className="panel-line">
        <h3>{entry.name}{entry.id !== entry.name && <span className="muted"> {entry.id}</span>}</h3>
        <div className="segmented" role="group" aria-label={t.split}>
          <button type="button" aria-pressed={split === 'train'} onClick={() => show('train')}>{t.train(formatWhole(entry.trainCount))}</button>
          <button type="button" aria-pressed={split === 'test'} onClick={() => show('test')}>{t.test(formatWhole(entry.testCount))}</button>
        </div>
        <button type="button" className="small" onClick={onClose}>{texts.close}</button>
      </div>
      {images === null ? <p className="muted">{t.loading}</p> : (
        <ul className="browse-images">{images.map(({ name, image }, k) => <li key={k}><PixelImage image={image} label={name === '' ? t.image(entry.name, k + 1) : name} /></li>)}</ul>
      )}
      {total > most && images !== null && <button type="button" className="fit" onClick={() => setMost(most + IMAGES_AT_ONCE)}>{t.moreImages}</button>}
    </section>
  );
}
