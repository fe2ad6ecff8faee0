/** Puts the page on screen around a lab, whoever provides it: the worker, or a script in development. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { LabApi } from '../core/protocol.ts';
import { App } from './App.tsx';
import { LabContext } from './lab-context.ts';
import { createLab } from './state/lab.ts';
import { ErrorBoundary } from './views/ErrorBoundary.tsx';
import type { Lab } from './state/lab.ts';
import './styles/index.css';

/** Renders the page into `root` and connects to `api`. @param search the link's settings */
export function mount(root: HTMLElement, api: LabApi, search: string = location.search): Lab {
  const lab = createLab(api, {
    search,
    hardwareConcurrency: navigator.hardwareConcurrency,
    schedule: (flush) => queueMicrotask(flush),
    replaceSearch: (search) => history.replaceState(history.state, '', `${location.pathname}${search}${location.hash}`),
    save: saveFile,
  });
  createRoot(root).render(
    <StrictMode>
      <LabContext value={lab}>
        <ErrorBoundary><App /></ErrorBoundary>
      </LabContext>
    </StrictMode>,
  );
  void lab.start();
  return lab;
}

function saveFile(fileName: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = fileName;
  anchor.click();
  // The browser reads the blob after the click returns; a minute is ample and frees it all the same.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
