import { callGoogle, type GoogleClients, NotFoundError } from '@cloud-run-identity/secrets';

/**
 * Metadata of the live generation of an object.
 *
 * @returns undefined where there is none
 * @throws SecretError
 */
export async function metadataOf(
  clients: GoogleClients,
  { bucket, object }: { readonly bucket: string; readonly object: string },
) {
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  try {
    const [metadata] = await callGoogle(call, clients.callerEmail, () =>
      clients.storage.bucket(bucket).file(object).getMetadata(),
    );
    return metadata;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
