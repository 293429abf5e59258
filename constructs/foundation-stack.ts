import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { EnabledApis } from './enabled-apis.ts';
import { useGoogleProject } from './google-project.ts';
import { ImageRepository } from './image-repository.ts';
import { KeyRing } from './key-ring.ts';
import { IMAGE_REPOSITORY_NAME, type Settings } from './settings/settings.ts';

/**
 * What is made once and kept, whatever happens to the service: enabled APIs, the key and the image
 * repository. Destroying it is refused: the key's ciphertexts would be lost with it.
 */
export class FoundationStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    useGoogleProject(this, settings);

    const apis = new EnabledApis(this, 'apis');

    const keyRing = new KeyRing(this, 'key-ring', {
      name: settings.keyRingName,
      location: settings.keyLocation,
      dependsOn: [apis.api('cloudkms')],
    });
    const key = keyRing.addKey('encryption-key', { name: settings.keyName });

    const images = new ImageRepository(this, 'images', {
      name: IMAGE_REPOSITORY_NAME,
      location: settings.region,
      description: 'Container images of the service',
      dependsOn: [apis.api('artifactregistry')],
    });

    new TerraformOutput(this, 'kms_key_id', { value: key.keyId });
    new TerraformOutput(this, 'image_repository', { value: images.repositoryId });
  }
}
