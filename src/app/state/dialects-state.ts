/** MAS's dialects as the page holds them, with the run they were measured on. */
import type { RunConfig } from '../../core/config.ts';
import type { DialectReport } from '../../core/dialects.ts';
import type { LabErrorData } from '../../core/errors.ts';

export type DialectsState =
  | { readonly kind: 'none' }
  | { readonly kind: 'measuring' }
  | { readonly kind: 'done'; readonly report: DialectReport; readonly runId: string | null; readonly config: RunConfig }
  | { readonly kind: 'failed'; readonly error: LabErrorData };
