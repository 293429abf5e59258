import Type from 'typebox';
import { createUnlessExists, includes, type Operation, waitForOperation } from '../api.ts';
import { assertSame, resourceType, withAttribution } from '../resource-type.ts';

interface Repository {
  readonly name: string;
  readonly format: string;
  readonly mode: string;
}

/** An image repository (https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories). */
export const repository = resourceType({
  arguments: Type.Object(
    {
      repository_id: Type.String(),
      location: Type.String(),
      format: Type.String(),
      mode: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      labels: Type.Optional(Type.Record(Type.String(), Type.String())),
      project: Type.Optional(Type.String()),
      kms_key_name: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
  async apply(
    {
      repository_id,
      location,
      format,
      mode = 'STANDARD_REPOSITORY',
      description,
      labels,
      kms_key_name: kmsKeyName,
      ...args
    },
    { api, project },
  ) {
    const parent = `projects/${args.project ?? project}/locations/${location}/repositories`;
    const mutable = { description, labels: withAttribution(labels) };
    const operation = await createUnlessExists<Operation>(api, `/artifactregistry/v1/${parent}`, {
      query: { repository_id },
      json: { ...mutable, format, mode, ...(kmsKeyName && { kmsKeyName }) },
    });
    if (operation) await waitForOperation(api, '/artifactregistry/v1/', operation);
    const id = `${parent}/${repository_id}`;
    const existing = await api.request<Repository>('GET', `/artifactregistry/v1/${id}`);
    assertSame('format', existing.format, format);
    assertSame('mode', existing.mode, mode);
    if (!includes(existing, JSON.parse(JSON.stringify(mutable)))) {
      await api.request('PATCH', `/artifactregistry/v1/${id}`, {
        query: { updateMask: 'description,labels' },
        json: mutable,
      });
    }
    return { id, name: repository_id, project: args.project ?? project };
  },
});
