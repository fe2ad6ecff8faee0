/** Which settings each method has of its own, and how strongly it protects unless told otherwise. */
import { DEFAULT_CONFIG, METHOD_IDS, METHOD_LABELS, type MethodId, type RunConfig } from './config.ts';
import { settingOf, type Setting } from './settings.ts';
import { LabError } from './errors.ts';

export interface MethodTraits {
  /** Settings this method reads beyond those that every training run has. */
  readonly settings: readonly (keyof RunConfig)[];
  /** λ where none is given; 0 for methods without a λ. For the built-in data; `npm run compare` chooses for any other. */
  readonly lambda: number;
  /** λ that a comparison chooses from where it is not told others; ascending. */
  readonly grid: readonly number[];
}

const PULL = ['lambda', 'penaltyStep', 'omegaNormalization'] as const;
const SUMMED = [...PULL, 'accumulation', 'omegaDecay'] as const;
const MEASURED = [...SUMMED, 'importanceImages', 'importanceSource', 'importanceDataset', 'importanceClasses'] as const;

export const METHOD_TRAITS: Readonly<Record<MethodId, MethodTraits>> = {
  mas: { settings: [...MEASURED, 'importance', 'importanceBatch'], lambda: 1, grid: [0.01, 0.1, 0.3, 1, 3, 10] },
  ewc: { settings: [...MEASURED, 'fisherLabels'], lambda: 1000, grid: [1, 10, 100, 1000, 1e4] },
  si: { settings: [...SUMMED, 'siXi'], lambda: 1, grid: [0.01, 0.1, 1, 10, 100] },
  rwalk: { settings: PULL, lambda: 10, grid: [0.1, 1, 10, 100, 1000] },
  lwf: { settings: ['lambda', 'temperature'], lambda: 3, grid: [0.1, 0.3, 1, 3, 10] },
  finetune: { settings: [], lambda: 0, grid: [] },
  frozen: { settings: [], lambda: 0, grid: [] },
  replay: { settings: ['replayPerClass'], lambda: 0, grid: [] },
  joint: { settings: [], lambda: 0, grid: [] },
};

const METHOD_OWN: ReadonlySet<keyof RunConfig> = new Set(METHOD_IDS.flatMap((id) => METHOD_TRAITS[id].settings));

/** Whether a method reads a setting: its own ones, and those of every training run. */
export function methodHas(method: MethodId, key: keyof RunConfig): boolean {
  return !METHOD_OWN.has(key) || METHOD_TRAITS[method].settings.includes(key);
}

/**
 * The config with the method's own λ, unless λ was `given`. What a config started from has λ for its own method: the defaults and
 * presets for MAS.
 * @param base what the config started from
 */
export function withMethodLambda(config: RunConfig, given: boolean, base: Pick<RunConfig, 'method'> = DEFAULT_CONFIG): RunConfig {
  if (given || config.method === base.method) return config;
  return { ...config, lambda: METHOD_TRAITS[config.method].lambda };
}

/**
 * Refuses a setting that the chosen method does not have; λ = 0 is no protection, which every method can give.
 * @param given keys that were set by hand, not defaults
 * @throws LabError 'config-conflict', naming the setting by `name(setting)`, the method, and the methods that have it
 */
export function requireOwnSettings(config: RunConfig, given: Iterable<keyof RunConfig>, name: (setting: Setting) => string): void {
  for (const key of given) {
    if (methodHas(config.method, key) || (key === 'lambda' && config.lambda === 0)) continue;
    const owners = METHOD_IDS.filter((id) => methodHas(id, key));
    throw new LabError(
      'config-conflict',
      `${name(settingOf(key))} is not a setting of ${METHOD_LABELS[config.method]}; it belongs to: ${owners.join(', ')}.`,
      `Leave it out, or choose ${owners.length === 1 ? `the method ${owners[0]}` : 'one of these methods'}.`,
    );
  }
}
