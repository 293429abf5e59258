// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform evaluates these.
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../../emulator/apply/configuration.ts';
import { UnsupportedConfigurationError } from '../../../emulator/apply/errors.ts';
import { RESOURCE_TYPES } from '../../../emulator/apply/resources/registry.ts';

const provider = { google: [{ project: 'p', region: 'r' }] };
const read = (json: object) => readConfiguration({ provider, ...json }, RESOURCE_TYPES);
const ring = { name: 'r', location: 'global' };

function problemsOf(json: object): readonly string[] {
  try {
    read(json);
  } catch (error) {
    if (error instanceof UnsupportedConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

test('resources come after what they refer to and depend on', () => {
  const { resources, project, outputs } = read({
    '//': {},
    terraform: { backend: {} },
    resource: {
      google_kms_crypto_key: { key: { '//': {}, name: 'k', key_ring: '${google_kms_key_ring.ring.id}' } },
      google_kms_key_ring: { ring: { ...ring, depends_on: ['google_project_service.kms'] } },
      google_project_service: { kms: { service: 'cloudkms.googleapis.com' } },
    },
    output: { id: { value: '${google_kms_crypto_key.key.id}' } },
  });
  expect(project).toBe('p');
  expect(outputs).toEqual({ id: '${google_kms_crypto_key.key.id}' });
  expect(resources.map(({ address }) => address)).toEqual([
    'google_project_service.kms',
    'google_kms_key_ring.ring',
    'google_kms_crypto_key.key',
  ]);
});

describe('is refused by name', () => {
  test.each([
    [
      'a resource type',
      { resource: { google_sql_database: { d: {} } } },
      /^google_sql_database\.d: unknown resource type/,
    ],
    ['an inherited name', { resource: { constructor: { d: {} } } }, /^constructor\.d: unknown resource type/],
    [
      'a data source',
      { data: { google_dns_keys: { k: {} } } },
      /^data\.google_dns_keys\.k: unknown resource type/,
    ],
    ['a module', { module: { m: {} } }, /^module: unknown/],
    [
      'an import of nothing',
      { import: [{ to: 'google_kms_key_ring.x' }] },
      /^import\[0\]: there is no google_kms_key_ring\.x/,
    ],
    ['another provider', { provider: { ...provider, docker: [{}] } }, /^provider\.docker: unknown/],
    ['no project', { provider: {} }, 'provider.google.project: missing argument'],
    ['two provider configurations', { provider: { google: [provider.google[0], {}] } }, /more than one/],
    [
      'a provider argument',
      { provider: { google: [{ project: 'p', zone: 'z' }] } },
      /^provider\.google\.zone: unknown/,
    ],
    [
      'an argument',
      { resource: { google_kms_key_ring: { r: { ...ring, colour: 'red' } } } },
      'google_kms_key_ring.r.colour: unknown argument',
    ],
    [
      'a missing argument',
      { resource: { google_kms_key_ring: { r: { name: 'r' } } } },
      'google_kms_key_ring.r.location: missing argument',
    ],
    [
      'a wrong type',
      { resource: { google_kms_key_ring: { r: { ...ring, name: 1 } } } },
      'google_kms_key_ring.r.name: must be string',
    ],
    [
      'for_each',
      { resource: { google_kms_key_ring: { r: { ...ring, for_each: {} } } } },
      'google_kms_key_ring.r.for_each: unknown argument',
    ],
    [
      'a lifecycle argument',
      { resource: { google_kms_key_ring: { r: { ...ring, lifecycle: { precondition: [] } } } } },
      /^google_kms_key_ring\.r\.lifecycle\.precondition: unknown/,
    ],
    [
      'ignored changes of nothing',
      { resource: { google_kms_key_ring: { r: { ...ring, lifecycle: { ignore_changes: ['colour'] } } } } },
      /ignore_changes: neither "all" nor a list of arguments/,
    ],
    [
      'an expression',
      { resource: { google_kms_key_ring: { r: { ...ring, name: '${upper("r")}' } } } },
      'google_kms_key_ring.r: unknown expression ${upper("r")}',
    ],
    [
      'an expression of an output',
      { output: { o: { value: '${var.x}' } } },
      'output.o: unknown expression ${var.x}',
    ],
    [
      'a reference to nothing',
      { resource: { google_kms_key_ring: { r: { ...ring, name: '${google_service_account.x.email}' } } } },
      'google_kms_key_ring.r: there is no google_service_account.x',
    ],
    [
      'a dependency on nothing',
      { resource: { google_kms_key_ring: { r: { ...ring, depends_on: ['a.b'] } } } },
      'google_kms_key_ring.r: there is no a.b',
    ],
    [
      'a cycle',
      { resource: { google_kms_key_ring: { r: { ...ring, depends_on: ['google_kms_key_ring.r'] } } } },
      'dependency cycle: google_kms_key_ring.r -> google_kms_key_ring.r',
    ],
  ])('%s', (_, json, problem) => {
    const problems = problemsOf(json);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  test('a nested argument, with its path', () => {
    const container = {
      image: 'i',
      resources: { limits: { cpu: '1' }, requests: {} },
      env: [{ name: 'A', value: 'b', x: 1 }],
    };
    const service = {
      name: 's',
      location: 'l',
      template: { spec: { service_account_name: 'a', containers: [container] } },
      traffic: [{ percent: 100 }],
    };
    expect(problemsOf({ resource: { google_cloud_run_service: { s: service } } })).toEqual([
      'google_cloud_run_service.s.template.spec.containers.0.env.0.x: unknown argument',
      'google_cloud_run_service.s.template.spec.containers.0.resources.requests: unknown argument',
    ]);
  });

  test('everything at once', () => {
    const json = { module: {}, resource: { google_x: { y: {} }, google_kms_key_ring: { r: {} } } };
    expect(problemsOf(json)).toHaveLength(4);
  });
});
