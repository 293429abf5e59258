import { readFileSync } from 'node:fs';
import { PACKAGED_DATA_SOURCES, PACKAGED_RESOURCES } from './packaged-schema.ts';
import type { Block, BlocksByType, ProviderSchema } from './schema-types.ts';

/** Version of the Google provider whose schema {@link providerSchemas} reads. */
export const PROVIDER_VERSION = '6.50.0';

/** Version of the Kubernetes provider whose schema is read beside it. */
export const KUBERNETES_PROVIDER_VERSION = '2.38.0';

interface Printed {
  readonly provider: { readonly block: Block };
  readonly resource_schemas: BlocksByType;
  readonly data_source_schemas?: BlocksByType;
}

/** The next major version, which takes the same stacks. */
export const NEXT_PROVIDER_VERSION = '7.45.0';

/**
 * The schemas of both providers, as `terraform providers schema -json` printed them for those versions, without
 * descriptions; a few types more are from the Google provider's package.
 */
export function providerSchemas(version: string = PROVIDER_VERSION): ProviderSchema {
  const google = printed('google-provider', 'google', version);
  const before = printed('google-provider', 'google', PROVIDER_VERSION);
  const kubernetes = printed('kubernetes', 'kubernetes', KUBERNETES_PROVIDER_VERSION);
  return {
    providers: { google: google.provider, kubernetes: kubernetes.provider },
    resource_schemas: {
      ...Object.fromEntries(
        Object.entries(google.resource_schemas).map(([type, { block }]) => [
          type,
          { block: withDescriptions(block, before.resource_schemas[type]?.block) },
        ]),
      ),
      ...PACKAGED_RESOURCES,
      ...kubernetes.resource_schemas,
    },
    data_source_schemas: { ...google.data_source_schemas, ...PACKAGED_DATA_SOURCES },
  };
}

/**
 * Whoever took the descriptions out of the later schema has also taken the arguments of that name: they are as in the
 * version before.
 */
function withDescriptions(block: Block, before: Block | undefined): Block {
  const description = before?.attributes?.description;
  const nested = Object.entries(block.block_types ?? {}).map(([name, type]) => {
    const own = before?.block_types?.[name]?.block;
    return [name, { ...type, block: withDescriptions(type.block, own) }] as const;
  });
  return {
    attributes: { ...block.attributes, ...(description && { description }) },
    block_types: Object.fromEntries(nested),
  };
}

function printed(folder: string, provider: string, version: string): Printed {
  const path = new URL(`../../${folder}/schema-${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).provider_schemas[
    `registry.terraform.io/hashicorp/${provider}`
  ];
}
