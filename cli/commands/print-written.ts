import { noGeneration } from '../../secrets/object-write.ts';
import { objectUrl, type SecretReference } from '../../secrets/reference.ts';
import { printJson } from '../output/table.ts';
import type { Written } from '../secret/write.ts';

/** Says what was written in place of what, and how to take it back. */
export function printWritten(
  { bucket, object }: SecretReference,
  { generation, keyVersion, replaced }: Written & { readonly replaced: string },
  json: boolean | undefined,
): void {
  if (json) {
    printJson({ bucket, object, generation, keyVersion, ...(replaced !== noGeneration && { replaced }) });
    return;
  }
  console.log(`Wrote ${objectUrl(bucket, object, generation)} with ${keyVersion}`);
  if (replaced !== noGeneration) {
    console.log(
      `It replaces generation ${replaced}: npm run secrets -- rollback --to ${replaced} takes it back.`,
    );
  }
}
