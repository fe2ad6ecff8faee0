/** The self-check as the page holds it: it goes on while its panel is closed. */
import type { LabErrorData } from '../../core/errors.ts';
import type { SelfCheckReport } from '../../core/self-check-report.ts';

export type SelfCheckState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly stopping: boolean }
  | { readonly kind: 'done'; readonly report: SelfCheckReport }
  | { readonly kind: 'failed'; readonly error: LabErrorData };
