import type { ReviewedResource } from '../facts/resources.ts';
import { blocks, text } from './arguments.ts';
import { credentialsIn, looksLikeSecretName } from './credentials.ts';
import { plaintextOf } from './plaintext-file.ts';
import type { DeploymentPolicy, Violation } from './policy.ts';
import type { ReviewedProvider } from './providers.ts';

/** Arguments whose value Terraform keeps in clear, in its plan and its state. */
const CLEAR_ARGUMENTS: Readonly<Record<string, string>> = {
  google_kms_secret_ciphertext: 'plaintext',
  google_secret_manager_secret_version: 'secret_data',
  google_storage_bucket_object: 'content',
};

/** Where a secret may not be written in clear. */
export const secretPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'secret-not-in-environment',
    severity: 'error',
    reason: 'Whoever may look at a service sees its environment, and so do the plan and the state.',
    fix: 'Put the value into the encrypted config: npm run secrets -- encrypt config.json --out config.enc',
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
    reason: 'Terraform writes every argument in clear into cdktf.out, the plan and the state.',
    fix: 'Remove the value and revoke it; put a new one into the encrypted config with npm run secrets -- encrypt.',
    violations: ({ resources, providers }) => [
      ...[...resources, ...providers].flatMap(credentials),
      ...resources.flatMap(clearArgument),
    ],
  },
  {
    id: 'secret-encrypted-file',
    severity: 'error',
    reason: 'The file is uploaded as it is: a plaintext config would lie readable in the bucket.',
    fix: 'Encrypt it: npm run secrets -- encrypt config.json --out config.enc',
    violations: ({ resources }) =>
      resources
        .filter(({ type }) => type === 'google_storage_bucket_object')
        .flatMap((resource) => {
          const plaintext = plaintextOf(resource);
          return plaintext
            ? [{ at: resource, found: `the file ${plaintext.file} is ${plaintext.kind}` }]
            : [];
        }),
  },
];

/** Switches and names of resources are no secrets, whatever the variable is called. */
function isLiteralSecret(value: unknown): boolean {
  const literal = text(value) ?? '';
  return literal !== '' && !/^(?:true|false|projects\/[^/]+\/.*)$/.test(literal);
}

function credentials(part: ReviewedResource | ReviewedProvider): Violation[] {
  return credentialsIn(part.arguments).map(({ at, kind }) => ({
    at: part,
    found: `${at} looks like ${kind}, not shown here`,
  }));
}

function clearArgument(resource: ReviewedResource): Violation[] {
  const name = CLEAR_ARGUMENTS[resource.type];
  if (name === undefined || text(resource.arguments[name]) === undefined) return [];
  return [{ at: resource, found: `${name} is written in clear into the state` }];
}
