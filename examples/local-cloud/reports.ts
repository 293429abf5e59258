import type { Storage } from '@google-cloud/storage';

/** The code under test: reads one report as whoever the client is. */
export async function readReport(storage: Storage, bucket: string, name: string): Promise<string> {
  const [bytes] = await storage.bucket(bucket).file(name).download();
  return bytes.toString();
}
