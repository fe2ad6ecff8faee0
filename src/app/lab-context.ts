/** How components reach the lab. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { AppState } from './state/app-state.ts';
import type { Lab } from './state/lab.ts';

export const LabContext = createContext<Lab | null>(null);

export function useLab(): Lab {
  const lab = useContext(LabContext);
  if (!lab) throw new Error('useLab outside LabContext');
  return lab;
}

/** A part of the state; the component renders again when that part is another value. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useLab().store, select);
}
