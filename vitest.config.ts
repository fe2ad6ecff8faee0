import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['**/*.test.{ts,tsx}'],
    // Real training and real browsers: slow machines get time, and nothing is asserted about it.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Backends are process-wide state of TensorFlow.js, so every file has a process of its own.
    pool: 'forks',
    allowOnly: false,
  },
});
