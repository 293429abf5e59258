import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    globalSetup: ['__tests__/support/compile-cache.ts'],
    setupFiles: ['__tests__/support/property-runs.ts'],
    // Tests wait for events and states, never for a time: these are only for what never comes.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Of tests that run side by side, most wait for processes of theirs.
    maxConcurrency: 10,
    // Most tests wait for processes that they started, so two at a time is right also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Files share a worker's modules: loading them anew for each took a quarter of the time. So a test undoes what it
    // changes outside of itself (environment, timers, folder), and the files' order changes each time to prove it.
    isolate: false,
    restoreMocks: true,
    sequence: { shuffle: { files: true } },
  },
});
