/** PyTorch's legacy layout and safetensors, damaged. */
import { ACCEPTED, testSurvival } from './survival.ts';

testSurvival(ACCEPTED.filter(({ container }) => container === 'torch-legacy' || container === 'safetensors').map(({ name }) => name));
