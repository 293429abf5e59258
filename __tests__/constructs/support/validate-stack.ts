import type { ProviderSchema } from './provider-schema.ts';
import type { TerraformJson } from './synthesize.ts';
import { validateBlock, validateResource } from './validate-block.ts';

/**
 * What `terraform validate` would say about a synthesized stack, as far as the provider's schema goes:
 * unknown resource types and arguments, missing and wrongly typed ones, too few or too many blocks, and
 * references to resources or attributes that are not there.
 */
export function validateStack(json: TerraformJson, schema: ProviderSchema): string[] {
  const providers = Object.entries(json.provider).flatMap(([name, configurations]) =>
    configurations.flatMap((configuration) =>
      validateBlock(`provider.${name}`, configuration, schema.provider.block),
    ),
  );
  return [...providers, ...resourceProblems(json, schema), ...referenceProblems(json, schema)];
}

function resourceProblems(json: TerraformJson, schema: ProviderSchema): string[] {
  return Object.entries(json.resource).flatMap(([type, resources]) => {
    const block = schema.resource_schemas[type]?.block;
    if (!block) return [`${type}: unknown resource type`];
    return Object.entries(resources).flatMap(([name, value]) =>
      validateResource(`${type}.${name}`, value, block),
    );
  });
}

function referenceProblems(json: TerraformJson, schema: ProviderSchema): string[] {
  const text = JSON.stringify({ resource: json.resource, output: json.output });
  const references = [...text.matchAll(/\$\{(google_[a-z0-9_]+)\.([\w-]+)\.([a-z_]+)/g)];
  const dependencies = Object.values(json.resource)
    .flatMap((resources) => Object.values(resources))
    .flatMap((resource) => (resource.depends_on ?? []) as string[]);
  return [
    ...references
      .filter(([, type, name]) => !json.resource[type as string]?.[name as string])
      .map(([reference]) => `${reference}}: refers to no resource of this stack`),
    ...references
      .filter(([, type, , attribute]) => {
        const attributes = schema.resource_schemas[type as string]?.block.attributes ?? {};
        return !Object.hasOwn(attributes, attribute as string);
      })
      .map(([reference]) => `${reference}}: refers to no attribute`),
    ...dependencies
      .filter((address) => {
        const [type, name] = address.split('.') as [string, string];
        return !json.resource[type]?.[name];
      })
      .map((address) => `depends_on ${address}: no such resource in this stack`),
  ];
}
