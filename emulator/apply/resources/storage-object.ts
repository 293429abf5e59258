import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { createUnlessExists } from '../api.ts';
import { resourceType } from '../resource-type.ts';

interface StoredObject {
  readonly generation: string;
  readonly md5Hash: string;
  readonly crc32c: string;
  readonly selfLink: string;
  readonly mediaLink: string;
}

/**
 * An object, uploaded from a file. With `ignore_changes = all` one that exists is left as it is, decided by the API
 * itself (`ifGenerationMatch=0`), so that a newer version is never overwritten.
 */
export const bucketObject = resourceType({
  arguments: Type.Object(
    {
      name: Type.String(),
      bucket: Type.String(),
      source: Type.String(),
      content_type: Type.String(),
      cache_control: Type.Optional(Type.String()),
      metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
      // Only matters to a destroy.
      deletion_policy: Type.Optional(Type.Literal('ABANDON')),
    },
    { additionalProperties: false },
  ),
  async apply(
    { name, bucket: bucketName, source, content_type, cache_control, metadata },
    { api, ignoreChanges },
  ) {
    const media = await readFile(source);
    const resource = { bucket: bucketName, contentType: content_type, cacheControl: cache_control, metadata };
    await createUnlessExists(api, `/upload/storage/v1/b/${bucketName}/o`, {
      query: {
        uploadType: 'multipart',
        name,
        ...(ignoreChanges === 'all' ? { ifGenerationMatch: '0' } : {}),
      },
      body: multipart(resource, content_type, media),
    });
    const object = await api.request<StoredObject>(
      'GET',
      `/storage/v1/b/${bucketName}/o/${encodeURIComponent(name)}`,
    );
    return {
      id: `${bucketName}-${name}`,
      output_name: name,
      generation: object.generation,
      md5hash: object.md5Hash,
      crc32c: object.crc32c,
      self_link: object.selfLink,
      media_link: object.mediaLink,
    };
  },
});

/** A multipart/related upload: metadata, then media (https://cloud.google.com/storage/docs/uploading-objects). */
function multipart(metadata: object, contentType: string, media: Uint8Array) {
  const boundary = randomUUID();
  const part = (type: string) => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n`;
  return {
    contentType: `multipart/related; boundary=${boundary}`,
    bytes: Buffer.concat([
      Buffer.from(
        `${part('application/json; charset=utf-8')}${JSON.stringify(metadata)}\r\n${part(contentType)}`,
      ),
      media,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
