/**
 * Starts a local cloud in a new process that has loaded its modules, and prints how long that took:
 * `node bench/cloud/start-once.ts`.
 */
export type StartTimes = {
  /** From the call of `startLocalCloud` until it listens, in milliseconds. */
  readonly start: number;
};

if (import.meta.main) {
  const { startLocalCloud } = await import('../../emulator/cloud.ts');
  const begin = performance.now();
  const cloud = await startLocalCloud({ projectId: 'bench-project' });
  console.log(JSON.stringify({ start: performance.now() - begin } satisfies StartTimes));
  await cloud.close();
}
