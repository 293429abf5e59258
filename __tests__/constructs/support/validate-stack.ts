import type { BlocksByType, ProviderSchema } from './schema-types.ts';
import type { TerraformJson } from './synthesize.ts';
import { validateBlock, validateResource } from './validate-block.ts';

/**
 * What `terraform validate` would say about a synthesized stack, as far as the provider's schema goes:
 * unknown resource types and arguments, missing and wrongly typed ones, too few or too many blocks, and
 * references to resources, data sources or attributes that are not there.
 */
export function validateStack(json: TerraformJson, schema: ProviderSchema): string[] {
  const providers = Object.entries(json.provider).flatMap(([name, configurations]) =>
    configurations.flatMap((configuration) =>
      validateBlock(`provider.${name}`, configuration, schema.providers[name]?.block ?? {}),
    ),
  );
  return [
    ...providers,
    ...typeProblems(json.resource, schema.resource_schemas),
    ...typeProblems(json.data ?? {}, schema.data_source_schemas).map((problem) => `data.${problem}`),
    ...importProblems(json),
    ...referenceProblems(json, schema),
  ];
}

function typeProblems(byType: TerraformJson['resource'], schemas: BlocksByType): string[] {
  return Object.entries(byType).flatMap(([type, resources]) => {
    const block = schemas[type]?.block;
    if (!block) return [`${type}: unknown resource type`];
    return Object.entries(resources).flatMap(([name, value]) =>
      validateResource(`${type}.${name}`, value, block),
    );
  });
}

/** Of https://developer.hashicorp.com/terraform/language/block/import, what our stacks use. */
function importProblems(json: TerraformJson): string[] {
  return (json.import ?? []).flatMap((block, index) => [
    ...Object.keys(block)
      .filter((name) => !['for_each', 'to', 'id'].includes(name))
      .map((name) => `import[${index}].${name}: unknown argument`),
    ...(typeof block.id === 'string' ? [] : [`import[${index}].id: missing`]),
    ...(isResource(json, String(block.to))
      ? []
      : [`import[${index}].to ${block.to}: no such resource in this stack`]),
  ]);
}

function referenceProblems(json: TerraformJson, schema: ProviderSchema): string[] {
  const text = JSON.stringify({ ...json, terraform: undefined, provider: undefined });
  // In an expression or right at its beginning; an address that stands alone, in depends_on or to, is none.
  const references = [
    ...text.matchAll(/(?<=[{ (])(data\.)?((?:google|kubernetes)_[a-z0-9_]+)\.([\w-]+)\.([a-z_]+)/g),
  ];
  const dependencies = [json.resource, json.data ?? {}]
    .flatMap((byType) => Object.values(byType))
    .flatMap((resources) => Object.values(resources))
    .flatMap((resource) => (resource.depends_on ?? []) as string[]);
  return [
    ...references
      .filter(
        ([, data, type, name]) => !(data ? json.data : json.resource)?.[type as string]?.[name as string],
      )
      .map(([reference]) => `${reference}: refers to no resource of this stack`),
    ...references
      .filter(([, data, type, , attribute]) => {
        const schemas = data ? schema.data_source_schemas : schema.resource_schemas;
        const { attributes, block_types } = schemas[type as string]?.block ?? {};
        return !Object.hasOwn({ ...attributes, ...block_types }, attribute as string);
      })
      .map(([reference]) => `${reference}: refers to no attribute`),
    ...dependencies
      .filter((address) => !isResource(json, address))
      .map((address) => `depends_on ${address}: no such resource in this stack`),
  ];
}

function isResource(json: TerraformJson, address: string): boolean {
  const [type = '', name = ''] = address.split('.');
  return Object.hasOwn(json.resource[type] ?? {}, name);
}
