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

/** The provider's own schema, in part: only the types that this project uses or may use. */
export interface ProviderSchema {
  readonly provider: { readonly block: Block };
  readonly resource_schemas: BlocksByType;
  readonly data_source_schemas: BlocksByType;
}

export type BlocksByType = Readonly<Record<string, { readonly block: Block }>>;

/** Version of the Google provider whose schema {@link googleProviderSchema} reads. */
export const PROVIDER_VERSION = '6.50.0';

/**
 * The schema, as `terraform providers schema -json` printed it for that version, without descriptions; a few types
 * more are from the provider's package.
 */
export function googleProviderSchema(): ProviderSchema {
  const path = new URL(`../../google-provider/schema-${PROVIDER_VERSION}.json`, import.meta.url);
  const schema = JSON.parse(readFileSync(path, 'utf8')).provider_schemas[
    'registry.terraform.io/hashicorp/google'
  ] as ProviderSchema;
  return {
    provider: schema.provider,
    resource_schemas: { ...schema.resource_schemas, ...PACKAGED_RESOURCES },
    data_source_schemas: { ...schema.data_source_schemas, ...PACKAGED_DATA_SOURCES },
  };
}
