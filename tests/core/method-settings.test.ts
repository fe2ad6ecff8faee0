import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { DEFAULT_CONFIG, METHOD_IDS } from '../../src/core/config.ts';
import { LabError } from '../../src/core/errors.ts';
import { METHOD_TRAITS, methodHas } from '../../src/core/method-settings.ts';

function refusal(...argv: string[]): LabError {
  try {
    parseArguments(argv, {});
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('settings of a method', () => {
  it.each([
    [['--method', 'mas', '--temperature', '3'], '--temperature', 'lwf'],
    [['--temperature', '3'], '--temperature', 'lwf'],
    [['--method', 'ewc', '--importance', 'local'], '--importance', 'mas'],
    [['--method', 'mas', '--si-xi', '0.1'], '--si-xi', 'si'],
    [['--method', 'si', '--importance-images', '50'], '--importance-images', 'mas, ewc'],
    [['--method', 'finetune', '--reg-lambda', '1'], '--reg-lambda', 'mas, ewc, si, rwalk, lwf'],
    [['--method', 'lwf', '--penalty-step', 'gradient'], '--penalty-step', 'mas, ewc, si, rwalk'],
    [['--method', 'joint', '--replay-per-class', '3'], '--replay-per-class', 'replay'],
  ])('%j is refused by name, with who has it', (argv, flag, owners) => {
    const error = refusal(...argv);
    expect(error.code).toBe('config-conflict');
    expect(error.message.startsWith(`${flag} `)).toBe(true);
    expect(error.message).toContain(`belongs to: ${owners}.`);
  });

  it('takes what belongs to the method, in any order, and what belongs to all', () => {
    expect(parseArguments(['--temperature', '3', '--method', 'lwf', '--momentum', '0.5'], {}).config).toMatchObject({ method: 'lwf', temperature: 3, momentum: 0.5 });
    expect(parseArguments(['--method', 'finetune', '--reg-lambda', '0'], {}).config.lambda).toBe(0);
  });

  it('gives each method its own λ unless one is given', () => {
    for (const method of METHOD_IDS) expect(parseArguments(['--method', method], {}).config.lambda).toBe(METHOD_TRAITS[method].lambda);
    expect(parseArguments(['--method', 'ewc', '--reg-lambda', '7'], {}).config.lambda).toBe(7);
    expect(parseArguments(['--preset', 'paper'], {}).config.lambda).toBe(1);
    expect(METHOD_TRAITS.mas.lambda).toBe(DEFAULT_CONFIG.lambda);
  });

  it('every method has the settings of training', () => {
    for (const method of METHOD_IDS) expect(methodHas(method, 'learningRate')).toBe(true);
  });
});
