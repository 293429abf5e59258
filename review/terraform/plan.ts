import { createHash } from 'node:crypto';
import type { Block, StackSource } from './stack.ts';
import { StackScope } from './stack-scope.ts';
import { ReadError } from './synthesis.ts';
import { escapeTemplate, isMap, Unknown } from './values.ts';

/** What a plan says is there before and after it is applied. */
export interface PlannedStack {
  readonly before: StackScope;
  readonly after: StackScope;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the JSON of a saved plan, https://developer.hashicorp.com/terraform/internals/json-format: values are worked
 * out there, those of modules too. It has no lifecycle blocks and no backend.
 *
 * @param json what `terraform show -json PLAN` prints
 * @param id what the stack is called
 * @param file where the plan lies
 * @throws ReadError when it is no such plan
 */
export function readPlan(json: unknown, id: string, file: string): PlannedStack {
  if (!isMap(json) || typeof json.format_version !== 'string' || !isMap(json.planned_values)) {
    throw new ReadError(
      `${file} is no plan: it has no planned_values. Make it with: terraform show -json PLAN`,
    );
  }
  if (!json.format_version.startsWith('1.')) {
    throw new ReadError(`${file} has format ${json.format_version}; this review reads 1.x.`);
  }
  const plan = {
    json,
    file,
    configured: configuredResources(record(record(json.configuration).root_module), ''),
  };
  return { before: scopeOf(plan, id, 'before'), after: scopeOf(plan, id, 'after') };
}

interface Plan {
  readonly json: Json;
  readonly file: string;
  /** Resources and data as they are written, by address without keys. */
  readonly configured: ReadonlyMap<string, Json>;
}

function scopeOf(plan: Plan, id: string, side: 'before' | 'after'): StackScope {
  const { json, file } = plan;
  const changes = list(json.resource_changes);
  const resources = changes.flatMap((change) => resourceBlock(change, side, plan));
  const source: StackSource = {
    id,
    directory: '.',
    blocks: [...resources, ...dataBlocks(plan), ...providerBlocks(plan), ...outputBlocks(plan, side)],
    variables: {},
    problems: side === 'before' ? [] : list(json.resource_drift).flatMap((change) => driftOf(change, file)),
    comment: undefined,
    texts: [
      createHash('sha256')
        .update(JSON.stringify([side, json]))
        .digest('hex'),
    ],
  };
  return new StackScope(source, () => undefined);
}

function resourceBlock(change: Json, side: 'before' | 'after', plan: Plan): Block[] {
  const { before, after, after_unknown: unknown } = record(change.change);
  const values = side === 'before' ? before : after;
  if (change.mode !== 'managed' || !isMap(values)) return [];
  const written = plan.configured.get(withoutKeys(String(change.address)));
  const expressions = side === 'after' && written ? record(written.expressions) : undefined;
  const known = planned(values, side === 'after' ? unknown : false, expressions);
  const body: Record<string, unknown> = isMap(known) ? known : {};
  if (typeof values.project === 'string') body.project ??= escapeTemplate(values.project);
  const provisioners = list(written?.provisioners);
  return [
    {
      kind: 'resource',
      labels: [String(change.type), nameOf(change)],
      body: {
        ...body,
        ...(provisioners.length > 0 ? { provisioner: provisioners.map(({ type }) => ({ type })) } : {}),
        lifecycle: new Unknown('(not in a plan)', 'a plan does not say it', { isComputed: true }),
      },
      file: plan.file,
      line: 1,
    },
  ];
}

/** The name with its key, and the module that it is in. */
function nameOf({ name, index, module_address: module }: Json): string {
  const key = index === undefined ? '' : `[${JSON.stringify(index)}]`;
  return `${name}${key}${typeof module === 'string' ? ` in ${module}` : ''}`;
}

function withoutKeys(address: string): string {
  return address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, '');
}

function configuredResources(module: Json, prefix: string): Map<string, Json> {
  const own = list(module.resources).map((one) => [`${prefix}${one.address}`, one] as const);
  const nested = Object.entries(record(module.module_calls)).flatMap(([name, call]) => [
    ...configuredResources(record(record(call).module), `${prefix}module.${name}.`),
  ]);
  return new Map([...own, ...nested]);
}

/**
 * The planned values of what is written, and of nothing that the provider adds. Where nobody wrote anything down, all
 * that is set.
 */
function planned(value: unknown, unknown: unknown, expressions: unknown): unknown {
  if (unknown === true) return new Unknown(`\${known after apply}`, 'only the deployment tells');
  if (Array.isArray(value)) {
    const written = Array.isArray(expressions) ? expressions : [];
    const open = Array.isArray(unknown) ? unknown : [];
    const items = value.map((item, index) => planned(item, open[index], written[index] ?? written[0]));
    return items.filter((item) => item !== null);
  }
  if (typeof value === 'string') return escapeTemplate(value);
  if (!isMap(value)) return value;
  const open = record(unknown);
  const isLeaf = isMap(expressions) && ('constant_value' in expressions || 'references' in expressions);
  if (isLeaf && 'constant_value' in expressions) return planned(expressions.constant_value, false, undefined);
  const names = new Set([...Object.keys(value), ...Object.keys(open)]);
  const kept = [...names].filter((name) => isLeaf || !isMap(expressions) || name in expressions);
  const entries = kept.map((name) => [
    name,
    planned(value[name] ?? null, open[name], isMap(expressions) && !isLeaf ? expressions[name] : undefined),
  ]);
  return Object.fromEntries(
    entries.filter(([, item]) => item !== null && !(Array.isArray(item) && item.length === 0)),
  );
}

function dataBlocks({ configured, json, file }: Plan): Block[] {
  const state = new Map(resourcesIn(record(record(record(json.prior_state).values).root_module)));
  return [...configured].flatMap(([address, one]) => {
    if (one.mode !== 'data') return [];
    const values = record(state.get(address)?.values);
    const body = planned(values, false, one.expressions);
    return [
      {
        kind: 'data',
        labels: [String(one.type), String(one.name)],
        body: isMap(body) ? body : {},
        file,
        line: 1,
      },
    ];
  });
}

function resourcesIn(module: Json): [string, Json][] {
  const own = list(module.resources).map((one): [string, Json] => [withoutKeys(String(one.address)), one]);
  return [...own, ...list(module.child_modules).flatMap(resourcesIn)];
}

function providerBlocks({ json, file }: Plan): Block[] {
  return Object.values(record(record(json.configuration).provider_config)).flatMap((one) => {
    const { name, alias, expressions } = record(one);
    if (typeof name !== 'string') return [];
    const args = Object.entries(record(expressions)).map(([argument, expression]) => {
      const { constant_value: constant } = record(expression);
      const value = typeof constant === 'string' ? escapeTemplate(constant) : constant;
      return [argument, value ?? new Unknown(`\${${argument}}`, 'a plan does not say it')];
    });
    return [
      {
        kind: 'provider',
        labels: [name],
        body: { ...Object.fromEntries(args), ...(typeof alias === 'string' ? { alias } : {}) },
        file,
        line: 1,
      },
    ];
  });
}

function outputBlocks({ json, file }: Plan, side: 'before' | 'after'): Block[] {
  return Object.entries(record(json.output_changes)).flatMap(([name, change]) => {
    const { before, after, after_unknown: unknown } = record(change);
    const value = side === 'before' ? before : after;
    if (value === undefined || (value === null && unknown !== true)) return [];
    const body = {
      value: side === 'after' ? planned(value, unknown, undefined) : planned(value, false, undefined),
    };
    return [{ kind: 'output', labels: [name], body, file, line: 1 }];
  });
}

/** What somebody changed beside Terraform. */
function driftOf(change: Json, file: string): StackSource['problems'] {
  const { before, after } = record(change.change);
  const names = new Set([...Object.keys(record(before)), ...Object.keys(record(after))]);
  const changed = [...names].filter(
    (name) => JSON.stringify(record(before)[name]) !== JSON.stringify(record(after)[name]),
  );
  if (changed.length === 0) return [];
  return [
    {
      file,
      line: 1,
      why: `${change.address} was changed outside of Terraform: ${changed.slice(0, 8).join(', ')}.`,
    },
  ];
}

function record(value: unknown): Json {
  return isMap(value) ? value : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}
