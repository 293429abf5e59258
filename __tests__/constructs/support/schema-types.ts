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
