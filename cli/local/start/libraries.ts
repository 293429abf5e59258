/**
 * Loads what `start` needs and what takes long to load (most of a second). Imported statically, it would delay the
 * process that synthesizes, which can run at the same time.
 */
export async function loadLibraries() {
  const [{ startLocalCloud }, { googleClients }, { encryptConfig, readPlaintext }, { applyStack }] =
    await Promise.all([
      import('../../../emulator/cloud.ts'),
      import('../../../secrets/clients.ts'),
      import('../../commands/encrypt.ts'),
      import('../../../emulator/apply/apply.ts'),
      // What googleClients imports when it is called.
      import('@google-cloud/kms'),
      import('@google-cloud/storage'),
    ]);
  return { startLocalCloud, googleClients, encryptConfig, readPlaintext, applyStack };
}
