/** Always visible: what the lab is doing, how fast, for how much longer, and on what. */
import { useEffect, useId, useState } from 'react';
import type { RunPhase } from '../../core/protocol.ts';
import { formatBytes, formatDuration, formatNumber } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { comparisonShare, comparisonText } from '../state/comparing.ts';
import { isBusy } from '../state/lab-state.ts';
import { statusText, texts } from '../texts.ts';
import { Icon } from './icons.tsx';

export function Header() {
  const lab = useLab();
  const hidden = useApp((state) => state.hidden);
  return (
    <header className="topbar">
      <a className="brand" href="./" aria-label={texts.name}>
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <rect width="32" height="32" rx="8" className="brand-box" />
          <path d="M5 9c5 0 6 14 11 14 4 0 5-6 11-6" className="brand-fall" />
          <path d="M5 9h22" className="brand-keep" />
          <circle cx="5" cy="9" r="2.6" className="brand-dot" />
        </svg>
        <span>{texts.name}</span>
      </a>
      <Status />
      <Stats />
      <BackendChip />
      <nav className="topnav" aria-label={texts.nav.label}>
        {!hidden.has('playground') && <PlaygroundToggle />}
        {!hidden.has('runs') && <button type="button" className="quiet" onClick={() => lab.openPanel({ kind: 'runs' })}><Icon name="runs" />{texts.nav.runs}</button>}
        {!hidden.has('compare') && <button type="button" className="quiet" onClick={() => lab.openPanel({ kind: 'compare', view: lab.store.getState().comparing.running?.kind ?? 'methods' })}><Icon name="compare" />{texts.nav.compare}</button>}
        {!hidden.has('data') && <button type="button" className="quiet" onClick={() => lab.openPanel({ kind: 'data' })}><Icon name="data" />{texts.nav.data}</button>}
        <button type="button" className="quiet" onClick={() => lab.openPanel({ kind: 'help' })}><Icon name="help" />{texts.nav.help}</button>
        <ThemeToggle />
      </nav>
      <Progress />
    </header>
  );
}

function PlaygroundToggle() {
  const lab = useLab();
  const on = useApp((state) => state.playground);
  return <button type="button" className="quiet" aria-pressed={on} onClick={() => lab.togglePlayground()}><Icon name="weight" />{texts.nav.playground}</button>;
}

function Status() {
  const phase = useApp((state) => state.lab.phase);
  const connected = useApp((state) => state.lab.connected);
  const epochs = useApp((state) => (state.lab.runConfig ?? state.form).epochs);
  const total = useApp((state) => shownTasks(state).length);
  const comparing = useApp(comparisonText);
  return (
    <div className="status">
      <span className="status-dot" data-phase={comparing === null ? phase.kind : 'training'} aria-hidden="true" />
      <span role="status">{comparing ?? statusText(phase, connected, epochs, total)}</span>
    </div>
  );
}

function Stats() {
  const speed = useApp((state) => state.lab.speed);
  const busy = useApp((state) => isBusy(state.lab.phase));
  if (speed === null) return <div className="stats" />;
  return (
    <div className="stats">
      <span title={texts.stats.stepMs(formatNumber(speed.stepMs))}>{texts.stats.speed(speed.imagesPerSecond)}</span>
      <span>{busy && speed.etaMs !== null ? texts.stats.left(formatDuration(speed.etaMs)) : ''}</span>
    </div>
  );
}

function BackendChip() {
  const lab = useLab();
  const backend = useApp((state) => state.lab.backend);
  const speed = useApp((state) => state.lab.speed);
  const tiles = useApp((state) => state.lab.tiles?.measured ?? null);
  const id = useId();
  const t = texts.backend;
  if (backend === null) return <span className="chip chip-waiting">{t.starting}</span>;
  const detail = backend.name === 'wasm' && backend.threads > 1 ? `${backend.kernels} × ${backend.threads}` : backend.kernels;
  return (
    <>
      <button type="button" className="chip" popoverTarget={id} title={backend.reason} data-degraded={backend.replaced.length > 0 || undefined}>
        <Icon name="chip" />{t.names[backend.name]}<span className="chip-detail">{detail}</span>
      </button>
      <div id={id} popover="auto" className="popover" role="dialog" aria-label={t.why}>
        <h2>{t.names[backend.name]}</h2>
        <p>{backend.reason}</p>
        <dl className="facts">
          {backend.adapter !== null && <><dt>{t.adapter}</dt><dd>{backend.adapter}</dd></>}
          <dt>{t.kernels}</dt><dd>{backend.kernels}</dd>
          <dt>{t.threads}</dt><dd>{backend.threads}</dd>
          {tiles !== null && <><dt>{t.tiles}</dt><dd>{t.tilesMeasured(tiles.length, tiles.filter((one) => one.tiles !== one.usualTiles).length)}</dd></>}
          {speed !== null && <><dt>{t.memory}</dt><dd>{formatBytes(speed.deviceBytes)}</dd></>}
          {backend.replaced.length > 0 && <><dt>{t.replaced}</dt><dd>{texts.list(backend.replaced)}</dd></>}
        </dl>
        <button type="button" popoverTarget={id} popoverTargetAction="hide" onClick={() => lab.openPanel({ kind: 'self-check' })}>{texts.selfCheck.open}</button>
      </div>
    </>
  );
}

/** A hairline along the header's bottom: how much of the whole sequence is done. */
function Progress() {
  const phase = useApp((state) => state.lab.phase);
  const epochs = useApp((state) => (state.lab.runConfig ?? state.form).epochs);
  const total = useApp((state) => shownTasks(state).length);
  const compared = useApp(comparisonShare);
  const share = compared ?? sequenceProgress(phase, epochs, total);
  return (
    <div className="progress" role="presentation" data-on={share > 0 && share < 1 ? true : undefined}>
      <i style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}

/** Share of the whole sequence that is done, 0 to 1. */
function sequenceProgress(phase: RunPhase, epochs: number, total: number): number {
  if (total === 0) return 0;
  switch (phase.kind) {
    case 'training':
    case 'paused':
      return (phase.task + (phase.epoch + phase.step / Math.max(1, phase.stepsPerEpoch)) / Math.max(1, epochs)) / total;
    case 'evaluating':
      return (phase.task + (phase.epoch + 1) / Math.max(1, epochs)) / total;
    case 'measuring':
    case 'saving':
      return (phase.task + 1) / total;
    case 'preparing':
      return phase.task / total;
    case 'ready':
      return phase.finished / total;
    case 'done':
      return 1;
    case 'idle':
    case 'failed':
      return 0;
  }
}

const THEME_KEY = 'mas-lab-theme';

function ThemeToggle() {
  const [dark, setDark] = useState(() => {
    const chosen = document.documentElement.dataset['theme'];
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  });
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => {
      if (!document.documentElement.dataset['theme']) setDark(query.matches);
    };
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  const toggle = (): void => {
    const next = dark ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = next;
    setDark(!dark);
    try {
      localStorage.setItem(THEME_KEY, next);
    } catch (error) {
      // Storage that is blocked only means that the choice lasts until the page closes.
      if (!(error instanceof DOMException)) throw error;
    }
  };
  return (
    <button type="button" className="quiet icon-only" aria-label={dark ? texts.theme.toLight : texts.theme.toDark} onClick={toggle}>
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  );
}
