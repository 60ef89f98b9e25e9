import { defineConfig } from 'vitest/config';

/** For the suites that are to fail: run by broken-connectors.test.ts, never with the others. */
export default defineConfig({
  test: { include: ['test/core/testing/broken-suites.ts'], env: { TZ: 'UTC' }, testTimeout: 10_000 },
});
