import type { Settings } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import { isNewest, noteNewest } from '../secret/newest.ts';
import { type Carried, carryOver, encryptCommand, newestGeneration, notedNewest } from './carry-over.ts';
import { type Deploying, planStack, type StackPlan, stackOf } from './deploying.ts';
import { fingerprintOfFile, isFileOf } from './encrypted-file.ts';
import { leftBehind, uploadsOf } from './losses.ts';
import type { PlannedChanges } from './plan.ts';
import type { DeployedSecret } from './secrets.ts';

/**
 * Plans the service's stack so that it brings every secret along: what Terraform would leave behind when a bucket is
 * replaced is replaced with it, and what is uploaded is the newest config that ever lived.
 *
 * @param trusted secrets as `bucket/object` whose file is said to be the newest
 * @throws CommandError when a secret would be lost or an older one uploaded; TerraformError; SecretError
 */
export async function planService(deploying: Deploying, trusted: readonly string[]): Promise<StackPlan> {
  const { clients, secrets, settings } = deploying;
  const plan = async (options: readonly string[]) =>
    planStack(deploying, stackOf(await deploying.synthesize(), settings.stacks.service), options);
  let planned = await plan([]);
  assertSameBucket(planned.planned, settings);
  const left = leftBehind(planned.planned, planned.saved.stack.json);
  if (left.length > 0) planned = await plan(left.map((address) => `-replace=${address}`));
  const carried: Carried[] = [];
  for (const upload of uploadsOf(planned.planned, secrets)) {
    const isTrusted = trusted.includes(`${upload.secret.bucket}/${upload.secret.object}`);
    carried.push(isTrusted ? { secret: upload.secret, state: 'first' } : await carryOver(clients, upload));
  }
  const missing = carried.filter(({ secret }) => !isFileOf(secret));
  if (missing.length > 0) {
    const files = missing.map(({ secret }) => secret.file).join(', ');
    throw new CommandError(
      `${files} does not exist, or is encrypted with another key, and the deployment would upload it. Nothing was changed. ` +
        `Encrypt it first:\n${missing.map(({ secret }) => `  ${encryptCommand(secret, 'PLAINTEXT')}`).join('\n')}`,
    );
  }
  // An apply that fails in the middle may leave it in files of this machine alone.
  for (const { secret, newest } of carried) if (newest) await noteNewest(clients, secret, newest);
  // Only a synthesis after the file was written knows which key version made it.
  if (carried.some(({ state }) => state === 'carried')) planned = await plan(planned.options);
  return { ...planned, carried };
}

/**
 * A bucket keeps its name whatever the settings say: it ignores such a change. Where the state is on this machine, the
 * synthesis has said so.
 */
function assertSameBucket({ changes, unchanged }: PlannedChanges, settings: Settings): void {
  const bucket = [...changes, ...unchanged].find(({ address }) => address === 'google_storage_bucket.bucket');
  const name = bucket?.before?.name;
  if (settings.isExistingBucket || typeof name !== 'string' || name === settings.bucketName) return;
  throw new CommandError(
    `The settings name the bucket ${settings.bucketName}, and the state has ${name}: it holds the live secrets, and is ` +
      `neither renamed nor replaced. Nothing was changed. Set bucketName to ${name}; docs/settings.md#move-a-bucket says ` +
      'how its secrets get into another one.',
  );
}

/**
 * Secrets without a file of which neither a bucket nor a key knows that they were ever written.
 *
 * @throws SecretError
 */
export async function neverWritten({ clients, secrets }: Deploying): Promise<DeployedSecret[]> {
  const missing = secrets.filter((secret) => !isFileOf(secret));
  const found = await Promise.all(
    missing.map(async (secret) =>
      Boolean((await notedNewest(clients, secret)) ?? (await newestGeneration(clients, [secret]))),
    ),
  );
  return missing.filter((_, index) => !found[index]);
}

/**
 * Notes on the keys what is live now, for whoever deploys or verifies after a bucket is lost. An older config than the
 * newest is never noted.
 *
 * @param trusted secrets that are the newest because somebody says so
 */
export async function noteWhatLives(
  { clients, io, secrets }: Deploying,
  trusted: readonly string[] = [],
): Promise<void> {
  const refused: string[] = [];
  for (const secret of secrets) {
    const live = await newestGeneration(clients, [secret]);
    if (!live?.isLive) continue;
    const noted = await notedNewest(clients, secret);
    const isTrusted =
      trusted.includes(`${secret.bucket}/${secret.object}`) &&
      live.fingerprint === (await fingerprintOfFile(secret.file));
    if (noted && !isTrusted && !isNewest(live, noted)) continue;
    if (!(await noteNewest(clients, secret, live))) refused.push(secret.key);
  }
  if (refused.length === 0) return;
  io.stderr.write(
    `Not noted which config is the newest: you lack cloudkms.cryptoKeys.update on ${refused.join(', ')}. ` +
      'Until somebody who has it deploys or writes, verify cannot prove that no older one has gone live.\n',
  );
}
