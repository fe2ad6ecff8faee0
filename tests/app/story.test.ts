import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import { comparison, protects, runLabel, story } from '../../src/app/state/story.ts';

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
