import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    env: { TZ: 'UTC' },
    maxWorkers: 2,
    allowOnly: false,
    passWithNoTests: false,
  },
});
