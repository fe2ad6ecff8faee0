/** The link as a mirror of the settings: read once at the start, rewritten as they change. */
import { BACKEND_IDS, DEFAULT_CONFIG } from '../../core/config.ts';
import { parseConfig, sameValue, settingText } from '../../core/config-text.ts';
import { SETTINGS } from '../../core/settings.ts';
import type { BackendChoice, RunConfig } from '../../core/config.ts';
import type { Setting } from '../../core/settings.ts';
import { LabError } from '../../core/errors.ts';
import type { LabErrorData } from '../../core/errors.ts';
import { methodHas, requireOwnSettings, withMethodLambda } from '../../core/method-settings.ts';
import { readDigest } from './digest.ts';
import type { Digest } from './digest.ts';

export interface LinkContent {
  readonly config: RunConfig;
  readonly backend: BackendChoice;
  readonly autostart: boolean;
  /** Whether tiles are measured on a software adapter too. */
  readonly tune: boolean;
  /** Whether the page opens with one weight followed step by step. */
  readonly playground: boolean;
  /** Parts of the page that a teacher hid: keys of settings or of {@link HIDEABLE}. */
  readonly hidden: ReadonlySet<string>;
  /** Accuracies of the run that the link was made from; null where it carries none. */
  readonly expected: Digest | null;
  /** One per parameter that could not be taken; its default stands. */
  readonly errors: readonly LabErrorData[];
}

/** Parameters besides settings. */
const OTHERS: readonly string[] = ['backend', 'autostart', 'tune', 'playground', 'hide', 'expect'];
/** What others add to links that are passed on. */
const TRACKING = /^(utm_.*|.*clid|ref)$/;

/** Parts besides settings that `?hide=` knows. */
export const HIDEABLE = ['presets', 'advanced', 'importance', 'loss', 'matrix', 'forgetting', 'tasks', 'data', 'runs', 'compare', 'downloads', 'playground'] as const;

/** The importance source is checked against other settings, its dataset above all: they are read first. */
const READ_ORDER = SETTINGS.toSorted((a, b) => Number(a.key === 'importanceSource') - Number(b.key === 'importanceSource'));

/** Classes by hand and the split say one thing together. */
function belongs(candidate: Setting, setting: Setting): boolean {
  return setting.key === 'manualTasks' && candidate.key === 'split';
}

/**
 * Settings from a query string. Each parameter stands alone: one that is out of range is reported by its name, value and
 * range, and its default is used; the others still count.
 */
export function readLink(search: string): LinkContent {
  const query = new URLSearchParams(search);
  const errors: LabErrorData[] = [];
  let config = DEFAULT_CONFIG;
  for (const setting of READ_ORDER) {
    const text = query.get(setting.url);
    if (text === null) continue;
    try {
      config = parseConfig((candidate) => (candidate === setting || belongs(candidate, setting) ? query.get(candidate.url) : null), config, (s) => `The link’s “${s.url}”`);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      errors.push({ ...error.toData(), hint: `${error.hint} The default, ${String(DEFAULT_CONFIG[setting.key])}, is used.` });
    }
  }
  config = withMethodLambda(config, query.has('lambda'));
  for (const setting of SETTINGS) {
    if (!query.has(setting.url)) continue;
    try {
      requireOwnSettings(config, [setting.key], (s) => `The link’s “${s.url}”`);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      errors.push(error.toData());
      config = { ...config, [setting.key]: setting.key === 'lambda' ? 0 : DEFAULT_CONFIG[setting.key] };
    }
  }
  let backend: BackendChoice = 'auto';
  const asked = query.get('backend');
  const known = BACKEND_IDS.find((id) => id === asked);
  if (known) backend = known;
  else if (asked !== null) {
    errors.push({
      code: 'config-unknown',
      message: `The link’s “backend” is ${asked}, which is not one of: ${BACKEND_IDS.join(', ')}.`,
      hint: 'The default, auto, is used.',
    });
  }
  const digest = query.get('expect');
  const expected = digest === null ? null : readDigest(digest);
  if (digest !== null && expected === null) {
    errors.push({ code: 'config-unknown', message: 'The link’s “expect” is not a run’s digest; part of the link may be missing.', hint: 'The settings are taken all the same. Copy the whole link to compare.' });
  }
  for (const name of new Set(query.keys())) {
    if (OTHERS.includes(name) || TRACKING.test(name) || SETTINGS.some(({ url }) => url === name)) continue;
    errors.push({ code: 'config-unknown', message: `The link’s “${name}” is not a setting of this lab.`, hint: 'It was passed over: the run may differ from the one meant. The link may be mistyped, or of another version.' });
  }
  const hidden = new Set((query.get('hide') ?? '').split(',').map((part) => part.trim()).filter((part) => part !== ''));
  for (const part of hidden) {
    if (HIDEABLE.some((known) => known === part) || SETTINGS.some(({ url }) => url === part)) continue;
    errors.push({ code: 'config-unknown', message: `The link is to hide “${part}”, which the page does not have.`, hint: `It can hide a setting by its name in the link, or one of ${HIDEABLE.join(', ')}.` });
  }
  return { config, backend, autostart: query.get('autostart') === '1', tune: query.get('tune') === '1', playground: query.get('playground') === '1', hidden, expected, errors };
}

/** Query string that reproduces the settings; what equals its default is left out. Starts with “?”, or is empty. */
export function writeLink(config: RunConfig, backend: BackendChoice, hidden: ReadonlySet<string>, playground = false): string {
  const query = new URLSearchParams();
  for (const setting of SETTINGS) {
    // A method brings its own λ, so that λ is written where it differs from that one.
    const usual = setting.key === 'lambda' ? withMethodLambda({ ...DEFAULT_CONFIG, method: config.method }, false) : DEFAULT_CONFIG;
    if (!sameValue(config, usual, setting.key) && methodHas(config.method, setting.key)) query.set(setting.url, settingText(config, setting));
  }
  if (backend !== 'auto') query.set('backend', backend);
  if (playground) query.set('playground', '1');
  if (hidden.size > 0) query.set('hide', [...hidden].join(','));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
