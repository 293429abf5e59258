import { readFileSync } from 'node:fs';
import { PACKAGED_DATA_SOURCES, PACKAGED_RESOURCES } from './packaged-schema.ts';

/** A type as `terraform providers schema -json` writes it, e.g. `"string"` or `["map", "string"]`. */
export type TerraformType = string | readonly [string, ...unknown[]];

export interface Attribute {
  readonly type: TerraformType;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
}

export interface NestedBlock {
  readonly nesting_mode: 'single' | 'list' | 'set';
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: Block;
}

/** The arguments and blocks that one resource, or one block inside it, takes. */
export interface Block {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, NestedBlock>>;
}

/** Providers' own schemas, in part: only the types that this project uses or may use. */
export interface ProviderSchema {
  readonly providers: BlocksByType;
  readonly resource_schemas: BlocksByType;
  readonly data_source_schemas: BlocksByType;
}

export type BlocksByType = Readonly<Record<string, { readonly block: Block }>>;

/** Version of the Google provider whose schema {@link providerSchemas} reads. */
export const PROVIDER_VERSION = '6.50.0';

/** Version of the Kubernetes provider whose schema is read beside it. */
export const KUBERNETES_PROVIDER_VERSION = '2.38.0';

interface Printed {
  readonly provider: { readonly block: Block };
  readonly resource_schemas: BlocksByType;
  readonly data_source_schemas?: BlocksByType;
}

/**
 * The schemas of both providers, as `terraform providers schema -json` printed them for those versions, without
 * descriptions; a few types more are from the Google provider's package.
 */
export function providerSchemas(): ProviderSchema {
  const google = printed('google-provider', 'google', PROVIDER_VERSION);
  const kubernetes = printed('kubernetes', 'kubernetes', KUBERNETES_PROVIDER_VERSION);
  return {
    providers: { google: google.provider, kubernetes: kubernetes.provider },
    resource_schemas: {
      ...google.resource_schemas,
      ...PACKAGED_RESOURCES,
      ...kubernetes.resource_schemas,
    },
    data_source_schemas: { ...google.data_source_schemas, ...PACKAGED_DATA_SOURCES },
  };
}

function printed(folder: string, provider: string, version: string): Printed {
  const path = new URL(`../../${folder}/schema-${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).provider_schemas[
    `registry.terraform.io/hashicorp/${provider}`
  ];
}
