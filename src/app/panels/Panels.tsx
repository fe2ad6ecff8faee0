/** What opens over the page, in a chunk of its own. */
import { useApp } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { BrowsePanel } from './BrowsePanel.tsx';
import { ComparePanel } from './compare/ComparePanel.tsx';
import { DataPanel } from './DataPanel.tsx';
import { Drawer } from './Drawer.tsx';
import { HelpPanel } from './HelpPanel.tsx';
import { RunsPanel } from './RunsPanel.tsx';
import { SelfCheckPanel } from './SelfCheckPanel.tsx';
import { SplitPanel } from './SplitPanel.tsx';
import { TaskPanel } from './TaskPanel.tsx';

export function Panels() {
  const panel = useApp((state) => state.panel);
  switch (panel.kind) {
    case 'none':
      return null;
    case 'task':
      return <Drawer key={panel.task} title={texts.task(panel.task)}><TaskPanel index={panel.task} /></Drawer>;
    case 'runs':
      return <Drawer title={texts.nav.runs} wide><RunsPanel /></Drawer>;
    case 'compare':
      return <Drawer title={texts.nav.compare} wide><ComparePanel view={panel.view} /></Drawer>;
    case 'data':
      return <Drawer title={texts.nav.data}><DataPanel /></Drawer>;
    case 'dataset':
      return <Drawer key={panel.dataset} title={texts.browse.title} wide><BrowsePanel dataset={panel.dataset} /></Drawer>;
    case 'split':
      return <Drawer title={texts.handSplit.title} wide><SplitPanel /></Drawer>;
    case 'self-check':
      return <Drawer title={texts.selfCheck.title}><SelfCheckPanel /></Drawer>;
    case 'help':
      return <Drawer title={texts.nav.help}><HelpPanel /></Drawer>;
  }
}
