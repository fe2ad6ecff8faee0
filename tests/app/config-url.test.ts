import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, METHOD_IDS } from '../../src/core/config.ts';
import { SETTINGS } from '../../src/core/settings.ts';
import { METHOD_TRAITS, methodHas } from '../../src/core/method-settings.ts';
import { readLink, writeLink } from '../../src/app/state/config-url.ts';

describe('the link', () => {
  it('is empty for the defaults', () => {
    expect(writeLink(DEFAULT_CONFIG, 'auto', new Set())).toBe('');
    expect(readLink('')).toMatchObject({ config: DEFAULT_CONFIG, backend: 'auto', autostart: false, tune: false, errors: [] });
    expect(readLink('?autostart=1&tune=1')).toMatchObject({ config: DEFAULT_CONFIG, autostart: true, tune: true, errors: [] });
  });

  it('gives back what was written, whatever the settings', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...METHOD_IDS.filter((id) => methodHas(id, 'lambda'))), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 200 }), fc.boolean(), fc.string(),
        (method, lambda, epochs, augment, dataset) => {
          const config = { ...DEFAULT_CONFIG, method, lambda: lambda === 0 ? 0 : lambda, epochs, augment, dataset };
          const link = readLink(writeLink(config, 'wasm', new Set(['loss', 'seed'])));
          expect(link.config).toEqual(config);
          expect(link.backend).toBe('wasm');
          expect([...link.hidden]).toEqual(['loss', 'seed']);
          expect(link.errors).toEqual([]);
        },
      ),
    );
  });

  it('says that the playground is open', () => {
    const link = writeLink({ ...DEFAULT_CONFIG, lambda: 5 }, 'auto', new Set(), true);
    expect(link).toBe('?lambda=5&playground=1');
    expect(readLink(link)).toMatchObject({ playground: true, errors: [] });
    expect(readLink(writeLink(DEFAULT_CONFIG, 'auto', new Set())).playground).toBe(false);
  });

  it('gives back importance measured on chosen classes of another dataset', () => {
    const config = { ...DEFAULT_CONFIG, method: 'ewc', lambda: 100, fisherLabels: 'sampled', importanceSource: 'dataset', importanceDataset: 'mine', importanceClasses: 'cat,dog' } as const;
    expect(readLink(writeLink(config, 'auto', new Set()))).toMatchObject({ config, errors: [] });
    expect(readLink('?importanceSource=dataset')).toMatchObject({ config: { importanceSource: 'train' }, errors: [{ code: 'config-conflict' }] });
  });

  it('names a parameter that is out of range, its value and its range, and keeps the others', () => {
    const { config, errors } = readLink('?lambda=-3&epochs=2&lr=fast&autostart=1');
    expect(config).toEqual({ ...DEFAULT_CONFIG, epochs: 2 });
    expect(errors).toHaveLength(2);
    expect(errors[0]?.message).toContain('“lambda” is -3');
    expect(errors[0]?.message).toContain('from 0 to 1000000');
    expect(errors[0]?.hint).toContain(String(DEFAULT_CONFIG.lambda));
    expect(errors[1]?.message).toContain('“lr” is fast');
  });

  it('names an unknown choice and what there is', () => {
    const { errors, backend } = readLink('?method=magic&backend=quantum');
    expect(errors.map((error) => error.code)).toEqual(['config-unknown', 'config-unknown']);
    expect(errors[0]?.message).toContain('mas, ewc');
    expect(errors[1]?.message).toContain('auto, webgpu, wasm');
    expect(backend).toBe('auto');
  });

  it('names what it does not know, of another version or mistyped, and takes the rest', () => {
    const { config, hidden, errors } = readLink('?lamda=3&epochs=2&hide=presets,seed,everything&expect=not%20a%20digest&utm_source=mail&fbclid=x');
    expect(config).toEqual({ ...DEFAULT_CONFIG, epochs: 2 });
    expect(hidden.has('presets') && hidden.has('seed')).toBe(true);
    expect(errors.map(({ message }) => /“([^”]*)”/.exec(message.replace('The link’s “expect”', '“expect”'))?.[1])).toEqual(['expect', 'lamda', 'everything']);
  });

  it('takes a method’s own λ, and names a setting that the method does not have', () => {
    expect(readLink('?method=ewc').config.lambda).toBe(METHOD_TRAITS.ewc.lambda);
    expect(writeLink(readLink('?method=ewc').config, 'auto', new Set())).toBe('?method=ewc');
    const { config, errors } = readLink('?method=finetune&lambda=3');
    expect(config.lambda).toBe(0);
    expect(errors).toMatchObject([{ code: 'config-conflict' }]);
    expect(errors[0]?.message).toContain('“lambda”');
  });

  it('takes classes for a split by hand, and refuses them beside another split', () => {
    const { config, errors } = readLink('?classes=a,b/c,d');
    expect([config.split, config.manualTasks, errors]).toEqual(['manual', [['a', 'b'], ['c', 'd']], []]);
    const refused = readLink('?classes=a,b/c,d&split=ordered');
    expect(refused.errors).toMatchObject([{ code: 'config-conflict' }]);
    expect(refused.errors[0]?.message).toContain('“ordered”');
  });

  it('refuses a split by hand without its classes', () => {
    expect(readLink('?split=manual')).toMatchObject({ config: DEFAULT_CONFIG, errors: [{ code: 'config-conflict' }] });
  });

  it('has a parameter of its own for every setting', () => {
    expect(new Set(SETTINGS.map((setting) => setting.url)).size).toBe(SETTINGS.length);
  });
});
