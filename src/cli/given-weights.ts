/** Files of weights and runs that the command line names. */
import type { RunConfig } from '../core/config.ts';
import { sameValue, settingText } from '../core/config-text.ts';
import { settingOf } from '../core/settings.ts';
import { LabError } from '../core/errors.ts';
import { fileSource } from '../platform/node/file-source.ts';
import type { Lab } from '../session/lab.ts';
import { flagOf, type ParsedArguments } from './arguments.ts';
import { continueAll } from './headless.ts';

type Asked = Pick<ParsedArguments, 'config' | 'given' | 'configFile'>;

/**
 * The config with the weights of `--weights` imported. What goes with them (the model they fit, the seed's two trainable
 * convolutions) counts where neither a flag nor a config file says otherwise.
 * @param say is told what the file was
 * @throws LabError 'config-conflict' where the file is no backbone; of the import
 */
export async function withWeights(lab: Lab, { config, given, configFile }: Asked, say: (text: string) => void): Promise<RunConfig> {
  const path = config.initialWeights;
  if (path === '') return config;
  if (!given.has('initialWeights')) {
    throw new LabError('data-missing', `The config starts from weights with the SHA-256 ${path}.`, 'Give their file with --weights.');
  }
  const { said, settings } = await lab.importWeights(await fileSource(path), config);
  if (settings.initialWeights === undefined) {
    throw new LabError('config-conflict', `--weights ${path} is not a backbone. ${said}`, 'Give a run or a tree of models with --continue, settings with --config.');
  }
  say(said);
  const free = Object.entries(settings).filter(([key]) => !configFile && !given.has(key as keyof RunConfig));
  return { ...config, ...Object.fromEntries(free), initialWeights: settings.initialWeights };
}

/**
 * Trains what remains of the run that `--continue` names: a run file, or a tree of models as a zip. Settings given by flags
 * make a branch of it.
 * @throws LabError 'config-conflict' where the file is no run, or a flag would change what its tasks and weights are made of
 */
export async function continueRun(lab: Lab, path: string, { config, given }: Asked, say: (text: string) => void): Promise<void> {
  const { said } = await lab.importWeights(await fileSource(path), config);
  say(said);
  const record = lab.session.currentRecord;
  if (!record) throw new LabError('config-conflict', `--continue ${path} is not a run.`, 'Give a run file (.maslab) or a tree of models as a zip.');
  const changed = [...given].filter((key) => !sameValue(config, record.config, key));
  const fixed = changed.map(settingOf).filter(({ group }) => group === 'data' || group === 'model');
  if (fixed.length > 0) {
    const all = fixed.map((setting) => `${flagOf(setting)} is ${settingText(config, setting)}, the run’s ${settingText(record.config, setting)}`).join('; ');
    throw new LabError('config-conflict', `A run keeps its tasks and its network: ${all}.`, 'Leave these flags out, or train a new run.');
  }
  if (record.finishedTasks === record.tasks.length) return;
  if (changed.length > 0) {
    const change = Object.fromEntries(changed.map((key) => [key, config[key]]));
    await lab.session.dispatch({ kind: 'open-run', runId: record.id, afterTask: record.finishedTasks, change });
  }
  await continueAll(lab);
}
