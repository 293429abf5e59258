import type { LocalCloud } from '../../../emulator/cloud.ts';
import type { Scene } from '../../support/scene.ts';
import type { FaultCase } from './matrix.ts';

/**
 * Lets a case happen to a scene: its faults hit the service's own requests only.
 *
 * @returns what puts everything right again
 */
export async function suffer(
  cloud: LocalCloud,
  scene: Scene,
  fault: FaultCase,
): Promise<() => Promise<void>> {
  const ids = (fault.faults ?? []).map((one) => cloud.faults.add({ ...one, member: scene.member }));
  if (fault.clockOffsetSeconds) cloud.faults.clockOffsetSeconds = fault.clockOffsetSeconds;
  await fault.mistake?.(scene);
  return async () => {
    for (const id of ids) cloud.faults.remove(id);
    cloud.faults.clockOffsetSeconds = 0;
    await fault.repair?.(scene);
  };
}
