import { text } from '../facts/blocks.ts';
import { isUnknown } from '../terraform/values.ts';

/** The reference to a digest that the Docker provider has pushed, or that the image repository tells. */
const DIGEST_LATER =
  /@\$\{docker_registry_image\.[\w-]+\.sha256_digest\}$|^\$\{data\.google_artifact_registry_docker_image\.[\w-]+\.self_link\}$/;

/** Whether an image is named by its digest, known now or after it was pushed. */
export function isDigest(image: unknown): boolean {
  if (isUnknown(image)) return image.isComputed && DIGEST_LATER.test(image.text);
  return /@sha256:[0-9a-f]{64}$/.test(text(image) ?? '');
}
