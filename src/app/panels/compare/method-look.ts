/** One colour for each method, in all tables and charts. */
import { METHOD_IDS, type MethodId } from '../../../core/config.ts';
import { taskColor } from '../../charts/palette.ts';

/** Joint training is the bound that the others are held against, so it stands apart from them. */
export function methodColor(method: MethodId): string {
  if (method === 'joint') return 'var(--text-2)';
  return taskColor(METHOD_IDS.indexOf(method));
}

export function methodDash(method: MethodId): string {
  return method === 'joint' ? '7 4' : '';
}
