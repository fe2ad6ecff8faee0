/** Legacy torch files, pickles and safetensors, damaged. */
import { ACCEPTED, testSurvival } from './survival.ts';

testSurvival(ACCEPTED.filter(({ container }) => container !== 'torch-zip').map(({ name }) => name));
