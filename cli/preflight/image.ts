import { callGoogle, NotFoundError } from '@cloud-run-identity/secrets';
import { BrokenError, NotProvenError } from '../checks/check.ts';
import { onProject } from '../checks/cloud-apis.ts';
import { isLocal } from '../google/environment.ts';
import type { Need } from './context.ts';

/** `REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE:TAG` or `@DIGEST`. */
const IN_ARTIFACT_REGISTRY =
  /^([a-z0-9-]+-docker\.pkg\.dev)\/(.+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

/**
 * Whether the images are there that nobody builds during the deployment. Asked of the registry itself
 * (https://distribution.github.io/distribution/spec/api/#manifest).
 */
export const imageThere: Need = {
  name: 'image',
  async look({ settings, clients, environment }) {
    const { imageBuild, services, projectId } = settings;
    if (imageBuild !== 'none') return `the deployment has it built (${imageBuild})`;
    const again = 'npx cloud-run-identity preflight, once it can be seen';
    if (isLocal(environment)) throw new NotProvenError('a local cloud runs what is here', again);
    for (const { image } of services) {
      const [, host, name, tag = 'latest', digest] = IN_ARTIFACT_REGISTRY.exec(image) ?? [];
      if (!host || !name) throw new NotProvenError(`${image} is in a registry that is not asked here`, again);
      const call = onProject(
        projectId,
        image,
        'artifactregistry.repositories.downloadArtifacts',
        'artifactregistry.reader',
        'artifactregistry.googleapis.com',
      );
      const url = `https://${host}/v2/${name}/manifests/${digest ?? tag}`;
      await callGoogle(call, clients.callerEmail, () => clients.request({ url })).catch((error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
        throw new BrokenError(`There is no image ${image}.`, pushCommand(host, image), { cause: error });
      });
    }
    return services.map(({ image }) => image).join(', ');
  },
};

/** Builds this project's image and pushes it (docs/image.md). */
export function pushCommand(host: string, image: string): string {
  const tagged = image.replace(/@sha256:.*$/, '');
  return (
    `gcloud auth configure-docker ${host} && docker build --platform linux/amd64 --file service/Dockerfile --tag ${tagged} . ` +
    `&& docker push ${tagged}`
  );
}
