import { listGenerations, objectUrl } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { commandOn, type OpenSecret } from './open.ts';

/**
 * The generation before the given one, or before the live one.
 *
 * @throws CommandError when the bucket has none; SecretError
 */
export async function previousGeneration(secret: OpenSecret, generation?: string): Promise<string> {
  const { clients, reference } = secret;
  const generations = await listGenerations(clients, reference);
  const older = generations.filter(({ generation: other, isLive }) =>
    generation === undefined ? !isLive : BigInt(other) < BigInt(generation),
  );
  const [newest] = older;
  if (newest) return newest.generation;
  const url = objectUrl(reference.bucket, reference.object, generation);
  throw new CommandError(
    `There is no generation before ${generation === undefined ? `the live one of ${url}` : url}: ` +
      `${commandOn(secret, 'history')} lists those that the bucket has.`,
  );
}
