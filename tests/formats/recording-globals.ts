/** `pickle/globals.ts` for the interpreter under test, with a record of every global that a pickle was given or that was called. */
import * as own from '../../src/formats/pickle/globals.ts';

export { unsafe } from '../../src/formats/pickle/globals.ts';

/** As "module.name"; what is no global stands there too. */
export const reached = new Set<string>();

export const findGlobal: typeof own.findGlobal = (...args) => {
  const found = own.findGlobal(...args);
  reached.add(`${found.module}.${found.name}`);
  return found;
};

export const callGlobal: typeof own.callGlobal = (...args) => {
  const value = own.callGlobal(...args);
  const [callable] = args;
  reached.add(typeof callable === 'object' && callable?.kind === 'global' ? `${callable.module}.${callable.name}` : String(callable));
  return value;
};
