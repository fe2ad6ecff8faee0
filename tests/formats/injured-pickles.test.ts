/** Pickles with tensors in them, damaged. */
import { ACCEPTED, testSurvival } from './survival.ts';

testSurvival(ACCEPTED.filter(({ container }) => container === 'pickle').map(({ name }) => name));
