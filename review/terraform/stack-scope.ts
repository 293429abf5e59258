import { isAbsolute } from 'node:path';
import { COMPUTED } from './computed.ts';
import { evaluate, type Scope } from './evaluate.ts';
import type { Block, StackSource } from './stack.ts';
import { nameOf } from './stack.ts';
import { UNREAD } from './value-files.ts';
import { isMap, isUnknown, Unknown, unknownIn } from './values.ts';

/** One of the resources that a block makes. */
export interface Instance {
  readonly block: Block;
  /** As in Terraform's addresses: `["key"]`, `[0]`, or nothing. */
  readonly key: string;
  /** What `each` and `count` stand for. */
  readonly names: ReadonlyMap<string, unknown>;
  /** Present when nobody can tell how many there are, or which; then this one stands for all. */
  readonly repeated: Unknown | undefined;
}

/** Finds what another stack gives out; undefined when there is no such stack. */
export type OtherStack = (state: Readonly<Record<string, unknown>>) => StackScope | undefined;

/** Arguments that Terraform itself takes on a resource. */
export const META_ARGUMENTS = new Set([
  '//',
  'connection',
  'count',
  'depends_on',
  'for_each',
  'lifecycle',
  'provider',
  'provisioner',
]);

/**
 * What names stand for in one stack. Everything is evaluated when it is first asked for, and once.
 */
export class StackScope implements Scope {
  readonly source: StackSource;
  readonly #byName: ReadonlyMap<string, Block>;
  readonly #locals: ReadonlyMap<string, unknown>;
  readonly #providers: readonly Block[];
  readonly #known = new Map<string, unknown>();
  readonly #instances = new Map<Block, readonly Instance[]>();
  readonly #otherStack: OtherStack;

  constructor(source: StackSource, otherStack: OtherStack) {
    this.source = source;
    this.#otherStack = otherStack;
    this.#byName = new Map(source.blocks.map((block) => [nameOf(block), block]));
    this.#providers = source.blocks.filter(({ kind }) => kind === 'provider');
    this.#locals = new Map(
      source.blocks.filter(({ kind }) => kind === 'locals').flatMap(({ body }) => Object.entries(body)),
    );
  }

  lookUp(name: string, path: readonly (string | number)[]): { value: unknown; used: number } {
    const [first, second] = path;
    if (name === 'local') return { value: this.#local(first), used: 1 };
    if (name === 'var') return { value: this.#variable(first), used: 1 };
    if (name === 'data') return this.#attribute('data', first, path.slice(1), 1);
    if (name === 'path' && first === 'module') {
      return {
        value: new Unknown(`\${path.module}`, 'it is where Terraform runs', { isComputed: true }),
        used: 1,
      };
    }
    const reason = UNKNOWN_NAMES[name];
    if (reason !== undefined) return { value: new Unknown('', reason), used: path.length };
    if (second === undefined && first === undefined) {
      return { value: new Unknown('', `there is no ${name}`), used: 0 };
    }
    return this.#attribute('resource', name, path, 0);
  }

  /** A block's arguments with everything evaluated, its dynamic blocks included. */
  argumentsOf({ block, names }: Pick<Instance, 'block' | 'names'>): Record<string, unknown> {
    const { '//': _comment, ...body } = block.body;
    const value = this.#expand(body, names);
    return isMap(value) ? value : { '//': value };
  }

  /** What a block makes: one resource, one for each of its keys, or none. */
  instancesOf(block: Block): readonly Instance[] {
    const existing = this.#instances.get(block);
    if (existing) return existing;
    // Asked again while it is worked out, it refers to itself.
    this.#instances.set(block, [unsure(block, new Unknown('', 'it refers to itself'))]);
    const instances = this.#makeInstances(block);
    this.#instances.set(block, instances);
    return instances;
  }

  /** The value of an output; undefined when the stack has no such output. */
  outputOf(name: string): unknown {
    const block = this.#byName.get(`output.${name}`);
    return block && this.#once(`output.${name}`, () => evaluate(block.body.value, this));
  }

  /** The project that a block belongs to: its own argument, else its provider's; undefined when neither says. */
  projectOf(block: Block, args: Readonly<Record<string, unknown>>): unknown {
    if (args.project !== undefined && args.project !== null) return args.project;
    const [name, alias] = providerOf(block);
    const configuration = this.#providers.find(
      ({ labels, body }) => labels[0] === name && (body.alias ?? undefined) === alias,
    );
    return configuration && evaluate(configuration.body.project, this);
  }

  /** Whether a variable has its default, which whoever deploys may replace. */
  isDefault(variable: string): boolean {
    const block = this.#byName.get(`variable.${variable}`);
    return block !== undefined && 'default' in block.body && !Object.hasOwn(this.source.variables, variable);
  }

  /** Values as they are written that a name depends on, e.g. `local.x` or `google_storage_bucket.bucket.name`. */
  sourcesOf(name: string): readonly { readonly value: unknown; readonly scope: StackScope }[] {
    const path = name.split('.');
    if (path[0] === 'local') return [{ value: this.#locals.get(path[1] ?? ''), scope: this }];
    const [kind, [type = '', label = '', attribute, output]] =
      path[0] === 'data' ? (['data', path.slice(1)] as const) : (['resource', path] as const);
    const block = this.#byName.get(nameOf({ kind, labels: [type, label] }));
    if (block === undefined) return [];
    if (type === 'terraform_remote_state' && attribute === 'outputs') {
      const other = this.#otherStack(this.argumentsOf({ block, names: new Map() }));
      const written = other?.source.blocks.find((one) => nameOf(one) === `output.${output}`);
      return other && written ? [{ value: written.body.value, scope: other }] : [];
    }
    return [{ value: writtenFor(block, attribute), scope: this }];
  }

  /** The configuration of its state, as two stacks can be compared by it. */
  stateOf(): string | undefined {
    const backend = this.#backend();
    return backend && stateKey(backend[0], backend[1]);
  }

  /** Absolute path of the state where it is a file of the machine that deploys. */
  localState(): string | undefined {
    const [type, config] = this.#backend() ?? [];
    const path = type === 'local' && isMap(config) ? config.path : undefined;
    return typeof path === 'string' && isAbsolute(path) ? path : undefined;
  }

  #backend(): [type: string, config: unknown] | undefined {
    return this.source.blocks
      .filter(({ kind }) => kind === 'terraform')
      .flatMap(({ body }) => (Array.isArray(body.backend) ? body.backend : [body.backend]))
      .filter(isMap)
      .flatMap((backend) => Object.entries(backend))[0];
  }

  #once(key: string, make: () => unknown): unknown {
    if (this.#known.has(key)) return this.#known.get(key);
    this.#known.set(key, new Unknown('', 'it refers to itself'));
    const value = make();
    this.#known.set(key, value);
    return value;
  }

  #local(name: unknown): unknown {
    if (typeof name !== 'string' || !this.#locals.has(name))
      return new Unknown('', `there is no local ${name}`);
    return this.#once(`local.${name}`, () => evaluate(this.#locals.get(name), this));
  }

  #variable(name: unknown): unknown {
    if (typeof name !== 'string') return new Unknown('', 'which variable is meant is unknown');
    const { variables } = this.source;
    if (Object.hasOwn(variables, UNREAD)) return variables[UNREAD];
    if (Object.hasOwn(variables, name)) return variables[name];
    const block = this.#byName.get(`variable.${name}`);
    if (!block || !Object.hasOwn(block.body, 'default')) {
      return new Unknown('', `the variable ${name} has no default, so whoever deploys decides`);
    }
    const value = block.body.default;
    return block.body.type === 'string' && typeof value === 'number' ? String(value) : value;
  }

  /** An attribute of a resource or a data source. `skip` counts the names before those in `path`. */
  #attribute(
    kind: 'resource' | 'data',
    type: unknown,
    path: readonly (string | number)[],
    skip: number,
  ): { value: unknown; used: number } {
    const [name, ...rest] = path;
    const block = this.#byName.get(`${kind}.${type}.${name}`);
    if (!block)
      return {
        value: new Unknown('', `there is no ${type}.${name} in this stack`),
        used: skip + path.length,
      };
    const isRepeated = Object.hasOwn(block.body, 'for_each') || Object.hasOwn(block.body, 'count');
    const used = skip + 1 + (isRepeated ? 1 : 0);
    if (!isRepeated && rest.length > 0) {
      const [instance] = this.instancesOf(block);
      const value = instance && this.#attributeOf(instance, String(rest[0]), rest.slice(1));
      return { value: value?.value, used: used + (value?.used ?? 0) };
    }
    const instances = this.instancesOf(block);
    const unsure = instances.find(({ repeated }) => repeated)?.repeated;
    if (unsure) return { value: new Unknown('', unsure.reason), used: skip + path.length };
    if (rest.length < 2) return { value: this.#all(block, instances), used: skip + 1 };
    const key = typeof rest[0] === 'number' ? `[${rest[0]}]` : `[${JSON.stringify(rest[0])}]`;
    const instance = instances.find((one) => one.key === key);
    if (!instance)
      return { value: new Unknown('', `there is no ${type}.${name}${key}`), used: skip + path.length };
    const value = this.#attributeOf(instance, String(rest[1]), rest.slice(2));
    return { value: value.value, used: used + value.used };
  }

  /** All instances at once: a list, a map or one value of what is known of each. */
  #all(block: Block, instances: readonly Instance[]): unknown {
    const value = (instance: Instance) => {
      const names = new Set([
        ...Object.keys(block.body).filter((name) => !META_ARGUMENTS.has(name)),
        ...Object.keys(COMPUTED[typeOf(block)] ?? {}),
      ]);
      return Object.fromEntries(
        [...names].map((name) => [name, this.#attributeOf(instance, name, []).value]),
      );
    };
    if (Object.hasOwn(block.body, 'count')) return instances.map(value);
    if (!Object.hasOwn(block.body, 'for_each')) return instances[0] && value(instances[0]);
    return Object.fromEntries(instances.map((instance) => [JSON.parse(instance.key)[0], value(instance)]));
  }

  #attributeOf(
    instance: Instance,
    name: string,
    path: readonly (string | number)[],
  ): { value: unknown; used: number } {
    const { block, key, names } = instance;
    if (typeOf(block) === 'data.terraform_remote_state' && name === 'outputs') {
      return { value: this.#remoteOutput(instance, path[0]), used: 2 };
    }
    const address = `${addressOf(block)}${key}`;
    const value = this.#once(`${address}.${name}`, () => {
      const own = block.body[name];
      if (own !== undefined && own !== null && !META_ARGUMENTS.has(name)) return evaluate(own, this, names);
      if (typeOf(block) === 'data.google_iam_policy' && name === 'policy_data')
        return this.#iamPolicy(instance);
      return this.#computed(instance, name, `\${${address}.${name}}`);
    });
    return { value, used: 1 };
  }

  #computed({ block, names }: Instance, name: string, text: string): unknown {
    const computed = COMPUTED[typeOf(block)]?.[name];
    const later = 'only the deployment tells';
    if (computed === undefined) return new Unknown(text, later);
    if ('later' in computed) return new Unknown(text, later, { isComputed: true });
    const made = this.#fill('template' in computed ? computed.template : computed.sameAs, block, names);
    if (typeof made !== 'string') return new Unknown(text, isUnknown(made) ? made.reason : later);
    return 'template' in computed ? made : new Unknown(text, later, { isComputed: true, sameAs: made });
  }

  #fill(template: string, block: Block, names: ReadonlyMap<string, unknown>): unknown {
    let unknown: unknown;
    const text = template.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
      const own = evaluate(block.body[name], this, names);
      const value =
        name === 'project' || (own === undefined && name === 'project_id') ? this.#project(block, own) : own;
      if (typeof value !== 'string')
        unknown ??= isUnknown(value) ? value : new Unknown('', `its ${name} is not set`);
      return String(value);
    });
    return unknown ?? text;
  }

  #project(block: Block, own: unknown): unknown {
    return own ?? this.projectOf(block, {});
  }

  #remoteOutput(instance: Instance, name: unknown): unknown {
    const args = this.argumentsOf(instance);
    const other = this.#otherStack(args);
    if (!other || typeof name !== 'string')
      return new Unknown('', 'it is an output of a stack that is not here');
    return other.outputOf(name) ?? new Unknown('', `that stack has no output ${name}`);
  }

  /** https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/data-sources/iam_policy. */
  #iamPolicy(instance: Instance): unknown {
    const { binding = [], audit_config: audit, ...others } = this.argumentsOf(instance);
    const unknown = unknownIn([binding, audit, others]);
    if (unknown) return new Unknown('', unknown.reason);
    const bindings = (Array.isArray(binding) ? binding : [binding]).filter(isMap).map((one) => ({
      role: one.role,
      members: one.members,
      ...(one.condition
        ? { condition: Array.isArray(one.condition) ? one.condition[0] : one.condition }
        : {}),
    }));
    return JSON.stringify({ bindings, ...(audit === undefined ? {} : { auditConfigs: audit }) });
  }

  #makeInstances(block: Block): Instance[] {
    const { for_each: forEach, count } = block.body;
    if (forEach !== undefined) return this.#forEach(block, evaluate(forEach, this));
    if (count === undefined) return [{ block, key: '', names: new Map(), repeated: undefined }];
    const number = evaluate(count, this);
    if (isUnknown(number)) return [unsure(block, number)];
    const times = Number(number);
    if (!Number.isInteger(times) || times < 0 || times > 10_000) {
      return [unsure(block, new Unknown(String(count), 'it is no number of resources'))];
    }
    return Array.from({ length: times }, (_, index) => ({
      block,
      key: `[${index}]`,
      names: new Map([['count', { index }]]),
      repeated: undefined,
    }));
  }

  #forEach(block: Block, value: unknown): Instance[] {
    if (isUnknown(value)) return [unsure(block, value)];
    const unknown = Array.isArray(value) ? unknownIn(value) : undefined;
    if (unknown) return [unsure(block, unknown)];
    const items = Array.isArray(value)
      ? value.map((item) => [item, item] as const)
      : Object.entries(value ?? {});
    return items.map(([key, item]) => ({
      block,
      key: `[${JSON.stringify(String(key))}]`,
      names: new Map([['each', { key, value: item }]]),
      repeated: undefined,
    }));
  }

  /** Evaluates, and puts the blocks that a `dynamic` makes in the place of it. */
  #expand(value: unknown, names: ReadonlyMap<string, unknown>): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#expand(item, names));
    if (!isMap(value)) return evaluate(value, this, names);
    const { dynamic, ...others } = value;
    if (!isDynamic(dynamic)) {
      const evaluated = Object.entries(value).map(([name, item]) => [name, this.#expand(item, names)]);
      const keys = evaluate(Object.fromEntries(Object.keys(value).map((name) => [name, null])), this, names);
      if (isUnknown(keys)) return keys;
      const written = Object.keys(keys as object);
      return Object.fromEntries(evaluated.map(([name, item], index) => [written[index] ?? name, item]));
    }
    const expanded = this.#expand(others, names) as Record<string, unknown>;
    for (const [name, blocks] of dynamicBlocks(dynamic)) {
      const made = blocks.map((block) => this.#dynamic(name, block, names));
      const unknown = made.find(isUnknown);
      const before = expanded[name] === undefined ? [] : [expanded[name]].flat();
      expanded[name] = unknown ?? [...before, ...made.flat()];
    }
    return expanded;
  }

  #dynamic(name: string, block: Record<string, unknown>, names: ReadonlyMap<string, unknown>): unknown {
    const over = evaluate(block.for_each, this, names);
    if (isUnknown(over)) return new Unknown(over.text || String(block.for_each), over.reason);
    const iterator = typeof block.iterator === 'string' ? block.iterator : name;
    const items = Array.isArray(over)
      ? over.map((item) => [item, item] as const)
      : Object.entries(over ?? {});
    return items.map(([key, value]) =>
      this.#expand(block.content, new Map([...names, [iterator, { key, value }]])),
    );
  }
}

const UNKNOWN_NAMES: Readonly<Record<string, string>> = {
  count: 'it stands outside of a count',
  each: 'it stands outside of a for_each',
  ephemeral: 'an ephemeral value is not kept',
  module: 'what a module makes is not in the stack',
  path: 'it depends on where Terraform runs',
  self: 'it is known while Terraform runs',
  terraform: 'it depends on how Terraform is run',
};

function unsure(block: Block, unknown: Unknown): Instance {
  const each = { key: new Unknown('', unknown.reason), value: new Unknown('', unknown.reason) };
  const names = new Map<string, unknown>([
    ['each', each],
    ['count', { index: each.key }],
  ]);
  return { block, key: '[…]', names, repeated: unknown };
}

function typeOf({ kind, labels }: Block): string {
  return kind === 'resource' ? (labels[0] ?? '') : `${kind}.${labels[0]}`;
}

/** The address of a block in Terraform, e.g. `data.google_project.project`. */
export function addressOf({ kind, labels }: Block): string {
  return kind === 'resource' ? labels.join('.') : [kind, ...labels].join('.');
}

/** Name and alias of the provider's configuration that a resource uses. */
function providerOf({ labels, body }: Block): [string, string | undefined] {
  const written = typeof body.provider === 'string' ? body.provider.replace(/^\$\{(.*)\}$/, '$1') : undefined;
  const [name = '', alias] = (written ?? labels[0]?.split('_')[0] ?? '').split('.');
  return [name, alias];
}

/** What of a block decides about an attribute, and about how many of it there are. */
function writtenFor(block: Block, attribute: string | undefined): unknown {
  const { for_each, count, ...body } = block.body;
  if (attribute === undefined) return block.body;
  if (Object.hasOwn(body, attribute)) return [body[attribute], for_each, count];
  const computed = COMPUTED[typeOf(block)]?.[attribute];
  const template =
    computed && ('template' in computed ? computed.template : 'sameAs' in computed && computed.sameAs);
  if (!template) return [for_each, count];
  return [...template.matchAll(/\{([a-z_]+)\}/g)].map(([, name = '']) => body[name]).concat(for_each, count);
}

/** The same state has the same key, whoever names it. */
export function stateKey(backend: unknown, config: unknown): string | undefined {
  if (typeof backend !== 'string' || !isMap(config) || unknownIn(config)) return undefined;
  return JSON.stringify([backend, Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

type Dynamic = Record<string, Record<string, unknown> | Record<string, unknown>[]>;

function dynamicBlocks(dynamic: Dynamic | Dynamic[]): [string, Record<string, unknown>[]][] {
  return [dynamic]
    .flat()
    .flatMap((one) =>
      Object.entries(one).map(
        ([name, block]) => [name, [block].flat()] as [string, Record<string, unknown>[]],
      ),
    );
}

function isDynamic(value: unknown): value is Dynamic | Dynamic[] {
  const items = Array.isArray(value) ? value : [value];
  return items.length > 0 && items.every((item) => isMap(item) && Object.values(item).every(isContent));
}

function isContent(value: unknown): boolean {
  const items = Array.isArray(value) ? value : [value];
  return items.length > 0 && items.every((item) => isMap(item) && Object.hasOwn(item, 'for_each'));
}
