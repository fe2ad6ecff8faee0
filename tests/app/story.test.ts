import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import { comparison, protects, runLabel, story, storySoFar } from '../../src/app/state/story.ts';

const forgetful = { config: { ...DEFAULT_CONFIG, lambda: 0 }, metrics: metricsOf([[0.9], [0.5, 0.8], [0.4, 0.7, 0.85]]) };
const faithful = { config: DEFAULT_CONFIG, metrics: metricsOf([[0.9], [0.89, 0.8], [0.9, 0.79, 0.82]]) };

describe('story', () => {
  it('says nothing before there is something to forget', () => {
    expect(story({ config: DEFAULT_CONFIG, metrics: metricsOf([[0.9]]) })).toBeNull();
  });

  it('names the average loss and the task that lost most', () => {
    const text = story(forgetful);
    expect(text).toContain('Without protection');
    expect(text).toContain('30 points');
    expect(text).toContain('task 1: 90% right after learning, 40% now');
  });

  it('says what was kept, and how well new tasks were learned', () => {
    expect(story(faithful)).toContain('kept what it learned');
    expect(story(faithful)).toContain('84%');
  });

  it('does not praise a protection that did not protect', () => {
    expect(story({ ...forgetful, config: DEFAULT_CONFIG })).toContain('Even with protection');
  });

  it('says it as a gain where later tasks helped', () => {
    expect(story({ config: DEFAULT_CONFIG, metrics: metricsOf([[0.7], [0.8, 0.8]]) })).toContain('gained 10 points');
  });
});

describe('storySoFar', () => {
  const metrics = metricsOf([[0.9], [0.88, 0.8]]);
  const at = (accuracy: (number | null)[]) => ({ metrics, latest: { step: 9, task: 2, epoch: 0, accuracy, full: false } });

  it('has nothing to tell of the first task but what to watch', () => {
    expect(storySoFar({ metrics: null, latest: null }, 0)).toContain('nothing to forget yet');
  });

  it('names the earlier task that fell most, by its accuracy right after learning', () => {
    expect(storySoFar(at([0.7, 0.2, 0.5]), 2)).toBe('While the network learns task 3, it forgets task 2: 80% right after learning, 20% now.');
  });

  it('says what is kept, and how well', () => {
    expect(storySoFar(at([0.88, 0.79, 0.5]), 2)).toBe('While the network learns task 3, it keeps what it learned before: no task has lost more than 2 points.');
    expect(storySoFar(at([0.95, 0.85, 0.5]), 2)).toContain('nothing is lost so far');
  });
});

describe('comparison', () => {
  it('sets both runs side by side', () => {
    const text = comparison(forgetful, faithful);
    expect(text).toContain('30 points on average without protection');
    expect(text).toContain('with MAS at λ = 1');
    expect(text).toContain('65% against 84%');
  });

  it('calls a gain a gain', () => {
    const helped = { config: DEFAULT_CONFIG, metrics: metricsOf([[0.7], [0.71, 0.8]]) };
    expect(comparison(forgetful, helped)).toContain('lost 30 points on average without protection, and gained 1 point with MAS at λ = 1.');
    expect(comparison(helped, helped)).toContain('The network gained 1 point on average with MAS at λ = 1, and 1 with MAS at λ = 1.');
  });
});

describe('runLabel', () => {
  it('calls λ = 0 and fine-tuning what they are', () => {
    expect(runLabel({ ...DEFAULT_CONFIG, lambda: 0 })).toBe('no protection');
    expect(protects({ ...DEFAULT_CONFIG, method: 'finetune', lambda: 5 })).toBe(false);
    expect(protects({ ...DEFAULT_CONFIG, method: 'replay', lambda: 0 })).toBe(true);
    expect(runLabel({ ...DEFAULT_CONFIG, method: 'ewc', lambda: 2 })).toBe('EWC, λ = 2');
  });
});
