/** PyTorch's zip layout, damaged. A file of its own beside `injured-pickles.test.ts`, so that the two share two cores. */
import { ACCEPTED, testSurvival } from './survival.ts';

testSurvival(ACCEPTED.filter(({ container }) => container === 'torch-zip').map(({ name }) => name));
