/** Imports that a reload or a broken line interrupted: what has arrived is kept, and the same source given again goes on with it. */
import type { UnfinishedImport } from '../../core/dataset-summary.ts';
import { Confirm } from '../panels/Confirm.tsx';
import { formatDate, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';
import { ImportButton } from './ImportButton.tsx';

const t = texts.data;

export function UnfinishedImports() {
  const unfinished = useApp((state) => state.lab.unfinished);
  const running = useApp((state) => state.lab.importing.kind === 'running');
  if (running || unfinished.length === 0) return null;
  return <>{unfinished.map((entry) => <Offer key={entry.id} entry={entry} />)}</>;
}

function Offer({ entry }: { readonly entry: UnfinishedImport }) {
  const lab = useLab();
  const { address } = entry;
  return (
    <section className="card offer" aria-label={t.unfinished}>
      <div>
        <b>{t.unfinishedTitle(entry.source)}</b>
        <p className="muted">{t.unfinishedHint(formatWhole(entry.imagesStored), formatDate(entry.startedAt), address !== null)}</p>
      </div>
      {address === null
        ? <ImportButton label={t.giveAgain} />
        : <button type="button" className="accent" onClick={() => lab.importUrl(address, '')}><Icon name="play" />{t.goOn}</button>}
      <Confirm label={t.discard} question={t.discardSure} onConfirm={() => lab.send({ kind: 'discard-import', id: entry.id })}><Icon name="trash" /></Confirm>
    </section>
  );
}
