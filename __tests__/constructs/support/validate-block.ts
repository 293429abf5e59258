import type { Attribute, Block, NestedBlock, TerraformType } from './schema-types.ts';

/** Arguments that Terraform itself takes on every resource; their contents are not the provider's. */
const META_ARGUMENTS = new Set(['//', 'depends_on', 'for_each', 'lifecycle']);

/** What is wrong with the arguments of a block, one message each; `at` says where the block stands. */
export function validateBlock(at: string, value: unknown, block: Block): string[] {
  if (!isObject(value)) return [`${at}: ${kind(value)} instead of a block`];
  const attributes = block.attributes ?? {};
  const blocks = block.block_types ?? {};
  return [
    ...Object.keys(value)
      .filter((name) => !Object.hasOwn(attributes, name) && !Object.hasOwn(blocks, name))
      .map((name) => `${at}.${name}: unknown argument`),
    ...Object.entries(attributes).flatMap(([name, attribute]) =>
      validateAttribute(`${at}.${name}`, value[name], attribute),
    ),
    ...Object.entries(blocks).flatMap(([name, nested]) =>
      validateNestedBlock(`${at}.${name}`, value[name], nested),
    ),
  ];
}

/** The same for a resource, whose arguments also include Terraform's own. */
export function validateResource(at: string, value: Record<string, unknown>, block: Block): string[] {
  const own = Object.fromEntries(Object.entries(value).filter(([name]) => !META_ARGUMENTS.has(name)));
  return validateBlock(at, own, block);
}

function validateAttribute(at: string, value: unknown, attribute: Attribute): string[] {
  if (value === undefined) return attribute.required ? [`${at}: missing`] : [];
  if (!attribute.required && !attribute.optional) return [`${at}: is computed, cannot be set`];
  return validateType(at, value, attribute.type);
}

function validateNestedBlock(at: string, value: unknown, nested: NestedBlock): string[] {
  const items = value === undefined ? [] : Array.isArray(value) ? value : [value];
  const least = nested.min_items ?? 0;
  const most = nested.nesting_mode === 'single' ? 1 : (nested.max_items ?? Number.POSITIVE_INFINITY);
  const count = `${items.length} blocks`;
  return [
    ...(items.length < least ? [`${at}: ${count}, at least ${least} needed`] : []),
    ...(items.length > most ? [`${at}: ${count}, at most ${most} allowed`] : []),
    ...items.flatMap((item, index) => validateBlock(`${at}[${index}]`, item, nested.block)),
  ];
}

function validateType(at: string, value: unknown, type: TerraformType): string[] {
  // A reference on its own has the type of what it refers to; only Terraform knows that.
  if (typeof value === 'string' && /^\$\{[^}]*\}$/.test(value)) return [];
  if (typeof type === 'string') {
    return kind(value) === type ? [] : [`${at}: ${kind(value)} instead of ${type}`];
  }
  const [collection, element] = type as [string, TerraformType];
  if (collection === 'map') {
    if (!isObject(value)) return [`${at}: ${kind(value)} instead of map`];
    return Object.entries(value).flatMap(([key, item]) => validateType(`${at}.${key}`, item, element));
  }
  if (!Array.isArray(value)) return [`${at}: ${kind(value)} instead of ${collection}`];
  return value.flatMap((item, index) => validateType(`${at}[${index}]`, item, element));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name of a value's type in Terraform's words. */
function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return (
    { boolean: 'bool', object: 'object', number: 'number', string: 'string' }[typeof value as string] ?? '?'
  );
}
