/** The page: header, three columns, and what opens over them. */
import { Suspense, lazy } from 'react';
import { AccuracyCard } from './charts/AccuracyCard.tsx';
import { ForgettingCard } from './charts/ForgettingCard.tsx';
import { ImportanceCard } from './charts/ImportanceCard.tsx';
import { LossCard } from './charts/LossCard.tsx';
import { MatrixCard } from './charts/MatrixCard.tsx';
import { RunControls } from './controls/RunControls.tsx';
import { Settings } from './controls/Settings.tsx';
import { useApp } from './lab-context.ts';
import { shownTasks } from './state/app-state.ts';
import { texts } from './texts.ts';
import { DropZone } from './views/DropZone.tsx';
import { Header } from './views/Header.tsx';
import { ImportStatus } from './views/ImportStatus.tsx';
import { Messages } from './views/Messages.tsx';
import { PrintHead } from './views/PrintHead.tsx';
import { ResumeOffer } from './views/ResumeOffer.tsx';
import { Shortcuts } from './views/Shortcuts.tsx';
import { Summary } from './views/Summary.tsx';
import { Tour } from './views/Tour.tsx';
import { TaskSequence } from './views/TaskSequence.tsx';
import { UnfinishedImports } from './views/UnfinishedImports.tsx';

const Playground = lazy(async () => ({ default: (await import('./playground/Playground.tsx')).Playground }));
const Panels = lazy(async () => ({ default: (await import('./panels/Panels.tsx')).Panels }));

/** From here on a matrix needs the width of two cards. */
const MANY_TASKS = 6;

export function App() {
  const hidden = useApp((state) => state.hidden);
  const playground = useApp((state) => state.playground);
  const many = useApp((state) => shownTasks(state).length > MANY_TASKS);
  const panelOpen = useApp((state) => state.panel.kind !== 'none');
  return (
    <>
      <a className="skip-link" href="#charts">{texts.skipToCharts}</a>
      <Header />
      <Messages />
      <main className="workspace">
        <h1 className="visually-hidden">{`${texts.name}: ${texts.tagline}`}</h1>
        <PrintHead />
        {!hidden.has('tasks') && <TaskSequence />}
        <div className="charts">
          <ResumeOffer />
          <UnfinishedImports />
          <ImportStatus />
          {playground && <Suspense fallback={null}><Playground /></Suspense>}
          <Summary />
          <AccuracyCard />
          <div className="split" data-many={many || undefined}>
            {!hidden.has('matrix') && <MatrixCard />}
            {!hidden.has('forgetting') && <ForgettingCard />}
          </div>
          {!hidden.has('loss') && <LossCard />}
          {!hidden.has('importance') && <ImportanceCard />}
        </div>
        <div className="controls">
          <RunControls />
          <Settings />
        </div>
      </main>
      {panelOpen && <Suspense fallback={null}><Panels /></Suspense>}
      <DropZone />
      <Shortcuts />
      <Tour />
    </>
  );
}
