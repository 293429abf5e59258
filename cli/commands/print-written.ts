import { noGeneration, objectUrl, type SecretReference } from '@cloud-run-identity/secrets';
import { type Io, print, printJson } from '../io.ts';
import type { Written } from '../secret/write.ts';

/** Says what was written in place of what, and how to take it back. */
export function printWritten(
  io: Io,
  { bucket, object }: SecretReference,
  { generation, keyVersion, replaced }: Written & { readonly replaced: string },
  json: boolean | undefined,
): void {
  if (json) {
    printJson(io, { bucket, object, generation, keyVersion, ...(replaced !== noGeneration && { replaced }) });
    return;
  }
  print(io, `Wrote ${objectUrl(bucket, object, generation)} with ${keyVersion}`);
  if (replaced !== noGeneration) {
    print(
      io,
      `It replaces generation ${replaced}: npx cloud-run-identity rollback --to ${replaced} takes it back.`,
    );
  }
}

/** Says that nothing was to be done. */
export function printUnchanged(io: Io, message: string, json: boolean | undefined): void {
  if (json) printJson(io, { unchanged: true });
  else print(io, message);
}
