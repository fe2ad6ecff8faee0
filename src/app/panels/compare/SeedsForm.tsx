/** The method of the controls over several seeds. */
import { methodHas } from '../../../core/method-settings.ts';
import { formatNumber } from '../../format.ts';
import { useApp, useLab } from '../../lab-context.ts';
import { MOST_SEEDS, seedsRequest } from '../../state/comparing.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';
import { SeedsField } from './SeedsField.tsx';
import { StartRow } from './StartRow.tsx';

const t = texts.compare;

export function SeedsForm() {
  const lab = useLab();
  const draft = useApp((state) => state.comparing.draft);
  const form = useApp((state) => state.form);
  const request = seedsRequest(draft, form);
  return (
    <form
      className="compare-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (request) lab.research.compare('seeds', request);
      }}
    >
      <p className="card-hint">{t.seedsHint(methodName(form.method), methodHas(form.method, 'lambda') ? formatNumber(form.lambda) : null)}</p>
      <div className="compare-counts"><SeedsField wrong={request === null} /></div>
      {request === null && <p role="alert" className="message-hint">{t.wrong.seeds(MOST_SEEDS)}</p>}
      <StartRow kind="seeds" label={t.startSeeds(request === null ? draft.seeds : String(request.seeds.length))} valid={request !== null} />
    </form>
  );
}
