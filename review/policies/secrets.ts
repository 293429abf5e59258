import { blocks, text } from '../facts/blocks.ts';
import { credentialsIn, looksLikeSecretName } from '../facts/credentials.ts';
import type { ReviewedBlock, ReviewedResource } from '../facts/resources.ts';
import { isUnknown, written } from '../terraform/values.ts';
import { problemOfFile } from './plaintext-file.ts';
import type { DeploymentPolicy, Violation } from './policy.ts';

/** Arguments whose value Terraform keeps in clear, in its plan and its state. */
const CLEAR_ARGUMENTS: Readonly<Record<string, string>> = {
  google_kms_secret_ciphertext: 'plaintext',
  google_secret_manager_secret_version: 'secret_data',
  google_storage_bucket_object: 'content',
};

/** Data sources whose result is a secret. */
const PLAINTEXT_SOURCE =
  /^data\.(?:google_kms_secret(?:_asymmetric)?|google_secret_manager_(?:regional_)?secret_version(?:_access)?|google_storage_bucket_object_contents?|google_service_account_(?:access_token|id_token|jwt|key))\./;

/** Where a secret may not be written in clear. */
export const secretPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'secret-not-in-environment',
    severity: 'error',
    reason: 'Whoever may look at a service sees its environment, and so do the plan and the state.',
    fix: 'Put the value into the encrypted secret that the service reads.',
    violations: ({ services }) =>
      services.flatMap(({ resource, containers }) =>
        containers
          .flatMap(({ env }) => blocks(env))
          .filter(({ name, value }) => looksLikeSecretName(String(name)) && isLiteralSecret(value))
          .map(({ name }) => ({
            at: resource,
            found: `the variable ${name} has a literal value, not shown here`,
          })),
      ),
  },
  {
    id: 'secret-not-in-arguments',
    severity: 'error',
    reason: 'Terraform writes every argument in clear into its files, the plan and the state.',
    fix: 'Remove the value and revoke it; put a new one into an encrypted secret.',
    violations: ({ resources, blocks: all }) => [
      ...all.flatMap(credentials),
      ...resources.flatMap(clearArgument),
    ],
  },
  {
    id: 'secret-encrypted-file',
    severity: 'error',
    reason: 'The file is uploaded as it is: a plaintext config would lie readable in the bucket.',
    fix: 'Encrypt it, and name the encrypted file.',
    violations: ({ stacks }) =>
      stacks.flatMap(({ scope, resources }) =>
        resources
          .filter(({ type }) => type === 'google_storage_bucket_object')
          .flatMap((at) => {
            const found = problemOfFile(at, scope.source.directory);
            return found ? [{ at, found: `the file ${found.file} ${found.problem}` }] : [];
          }),
      ),
  },
  {
    id: 'secret-no-plaintext-source',
    severity: 'error',
    reason:
      'What decrypts or fetches a secret while Terraform runs leaves it in clear in the plan and the state.',
    fix: 'Let the service read the secret itself, and take it out of Terraform.',
    violations: ({ blocks: all }) =>
      all
        .filter(({ address }) => PLAINTEXT_SOURCE.test(address))
        .map((at) => ({ at, found: `${at.address} puts a secret in clear into the state` })),
  },
];

/** Switches and names of resources are no secrets, whatever the variable is called. */
export function isLiteralSecret(value: unknown): boolean {
  const literal = text(value) ?? '';
  return (
    literal !== '' &&
    !/^(?:true|false|projects\/[^/]+\/.*|gs:\/\/[^/]+\/.+\?key=projects\/.+)$/s.test(literal)
  );
}

function credentials(part: ReviewedBlock): Violation[] {
  return credentialsIn(written(part.known)).map(({ at, kind }) => ({
    at: part,
    found: `${at} looks like ${kind}, not shown here`,
  }));
}

function clearArgument(resource: ReviewedResource): Violation[] {
  const name = CLEAR_ARGUMENTS[resource.type];
  const value = name === undefined ? undefined : resource.known[name];
  if (value === undefined || value === null || (isUnknown(value) && value.isComputed)) return [];
  return [{ at: resource, found: `${name} is written in clear into the state` }];
}
