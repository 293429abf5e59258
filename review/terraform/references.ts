/** What a reference is resolved against: a resource of the same stack. */
interface Referenced {
  readonly address: string;
  readonly type: string;
  readonly project: string | undefined;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** `${TYPE.NAME.ATTRIBUTE}`; a doubled dollar sign is Terraform's way to write the text itself. */
const REFERENCE = /(?<!\$)\$\{([a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)\.([a-z][a-z0-9_]*)\}/g;

/**
 * Replaces references to other resources, `${google_service_account.identity.email}`, by what they will stand for,
 * as far as that is known before anything is deployed. Whatever is only known afterwards stays an expression.
 *
 * @param value text, or lists and maps of it
 * @param resources those of the same stack; for many values, {@link resolverOf} reads them once
 */
export function resolveReferences(value: unknown, resources: readonly Referenced[]): unknown {
  return resolverOf(resources)(value);
}

/** {@link resolveReferences} for the resources of one stack. */
export function resolverOf(resources: readonly Referenced[]): (value: unknown) => unknown {
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const resolve = (value: unknown, seen: readonly string[]): unknown => {
    if (typeof value === 'string') return value.replace(REFERENCE, (...found) => resolveOne(found, seen));
    if (Array.isArray(value)) return value.map((item) => resolve(item, seen));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, seen)]));
  };
  const resolveOne = ([expression, address, attribute]: string[], seen: readonly string[]): string => {
    const resource = byAddress.get(address ?? '');
    // Terraform refuses a circle of references; here it just stays as it is.
    if (!resource || !attribute || !expression || seen.includes(expression)) return expression ?? '';
    const known = attributeOf(resource, attribute);
    return known === undefined ? expression : String(resolve(known, [...seen, expression]));
  };
  return (value) => resolve(value, []);
}

/** The attribute's value, references included; undefined when only the deployment tells. */
function attributeOf(resource: Referenced, attribute: string): string | undefined {
  const configured = resource.arguments[attribute];
  if (typeof configured === 'string') return configured;
  if (typeof configured === 'number' || typeof configured === 'boolean') return String(configured);
  const computed = COMPUTED[resource.type]?.[attribute];
  return computed && !usesUndefined(resource, computed) ? fill(computed, resource) : undefined;
}

/**
 * Attributes that Google makes from arguments, with `{argument}` in their place; from each resource's page below
 * https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/resources.
 */
const COMPUTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  google_artifact_registry_repository: {
    id: 'projects/{project}/locations/{location}/repositories/{repository_id}',
    name: '{repository_id}',
  },
  google_cloud_run_service: { id: 'locations/{location}/namespaces/{project}/services/{name}' },
  google_kms_crypto_key: { id: '{key_ring}/cryptoKeys/{name}' },
  google_kms_key_ring: { id: 'projects/{project}/locations/{location}/keyRings/{name}' },
  google_service_account: {
    email: '{account_id}@{project}.iam.gserviceaccount.com',
    id: 'projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com',
    member: 'serviceAccount:{account_id}@{project}.iam.gserviceaccount.com',
    name: 'projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com',
  },
  google_storage_bucket: { id: '{name}', url: 'gs://{name}' },
};

const PLACE = /\{([a-z_]+)\}/g;

function argumentOf({ arguments: args, project }: Referenced, name: string): unknown {
  return name === 'project' ? project : args[name];
}

function usesUndefined(resource: Referenced, template: string): boolean {
  return [...template.matchAll(PLACE)].some(
    ([, name = '']) => typeof argumentOf(resource, name) !== 'string',
  );
}

function fill(template: string, resource: Referenced): string {
  return template.replace(PLACE, (_, name: string) => String(argumentOf(resource, name)));
}
