/** Starts or stops a comparison, and says why it cannot start. */
import { useApp, useLab } from '../../lab-context.ts';
import type { ComparisonKind } from '../../state/comparing.ts';
import { deviceTaken } from '../../state/device-use.ts';
import { activeTask } from '../../state/lab-state.ts';
import { texts } from '../../texts.ts';
import { Icon } from '../../views/icons.tsx';

const t = texts.compare;

interface StartRowProps {
  readonly kind: ComparisonKind;
  readonly label: string;
  readonly valid: boolean;
}

export function StartRow({ kind, label, valid }: StartRowProps) {
  const lab = useLab();
  const running = useApp((state) => state.comparing.running);
  const taken = useApp(deviceTaken);
  const inTask = useApp((state) => activeTask(state.lab.phase) !== null);
  const connected = useApp((state) => state.lab.connected);
  if (running?.kind === kind) {
    return (
      <div className="button-row">
        <button type="button" disabled={running.stopping} onClick={() => lab.research.stopComparing()}><Icon name="stop" />{running.stopping ? t.stopping : t.stop}</button>
      </div>
    );
  }
  const why = taken ?? (inTask ? t.busy : null);
  return (
    <div className="button-row">
      <button type="submit" className="accent" disabled={!valid || !connected || why !== null}><Icon name="play" />{label}</button>
      {why !== null && <span className="muted">{why}</span>}
    </div>
  );
}
