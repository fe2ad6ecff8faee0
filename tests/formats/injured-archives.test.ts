/** PyTorch's zip layout, damaged. Containers have a file each, so that they share the cores. */
import { ACCEPTED, testSurvival } from './survival.ts';

testSurvival(ACCEPTED.filter(({ container }) => container === 'torch-zip').map(({ name }) => name));
