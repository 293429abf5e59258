import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    globalSetup: ['__tests__/support/compile-cache.ts'],
    // Real processes and clocks meet a busy machine there: what fails once and not again is marked as retried.
    retry: process.env.CI ? 1 : 0,
    // Generous: they end what hangs, and don't judge how fast a machine is.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Most tests wait for processes that they started, so two at a time is right also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Files share a worker's modules: loading them anew for each took a quarter of the time. So a test undoes what it
    // changes outside of itself (environment, timers, folder), and the files' order changes each time to prove it.
    isolate: false,
    restoreMocks: true,
    sequence: { shuffle: { files: true } },
  },
});
