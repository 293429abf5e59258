import { createRequire } from 'node:module';

/**
 * What is needed of the package @cdktf/provider-docker. It is loaded only where Docker builds an image, so that others
 * need not have it.
 */
export function dockerProvider() {
  const require = createRequire(import.meta.url);
  const image = require('@cdktf/provider-docker/lib/image/index.js');
  const registryImage = require('@cdktf/provider-docker/lib/registry-image/index.js');
  const provider = require('@cdktf/provider-docker/lib/provider/index.js');
  return {
    ...image,
    ...registryImage,
    ...provider,
  } as typeof import('@cdktf/provider-docker/lib/image/index.js') &
    typeof import('@cdktf/provider-docker/lib/registry-image/index.js') &
    typeof import('@cdktf/provider-docker/lib/provider/index.js');
}
