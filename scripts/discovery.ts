import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Schema } from '../emulator/discovery/documents.ts';

/** The methods that the local cloud serves, by API: what the ids begin with, in the words of the documents. */
const SERVED: Readonly<Record<string, RegExp>> = {
  'artifactregistry.v1': /^projects\.locations\.repositories\.(create|get|list|patch|delete|\w+Iam\w+)$/,
  'cloudbuild.v1': /^projects\.(locations\.)?builds\.(create|get|list)$/,
  'cloudkms.v1':
    /^projects\.locations\.(get|list|keyRings\.(create|get|list|\w+Iam\w+)|keyRings\.cryptoKeys\.(create|get|list|patch|encrypt|decrypt|updatePrimaryVersion|\w+Iam\w+)|keyRings\.cryptoKeys\.cryptoKeyVersions\.(create|get|list|patch|destroy|restore))$/,
  'cloudresourcemanager.v1': /^projects\.(get|list|\w+Iam\w+)$/,
  'cloudresourcemanager.v3': /^projects\.(get|search|\w+Iam\w+)$/,
  'iam.v1':
    /^(projects\.serviceAccounts\.(create|get|list|patch|delete|enable|disable|\w+Iam\w+)|(projects|organizations)\.roles\.\w+|roles\.(get|list)|projects\.locations\.workloadIdentityPools\.(providers\.)?(create|get|list|patch|delete|undelete))$/,
  'iam.v2': /^policies\.(createPolicy|get|listPolicies|update|delete)$/,
  'iamcredentials.v1': /^projects\.serviceAccounts\.(generateAccessToken|generateIdToken)$/,
  'logging.v2': /^entries\.list$/,
  'policytroubleshooter.v1': /^iam\.troubleshoot$/,
  'policytroubleshooter.v3': /^iam\.troubleshoot$/,
  'run.v1':
    /^(namespaces\.services\.(create|get|list|replaceService|delete)|namespaces\.revisions\.(get|list)|projects\.locations\.(services\.(list|\w+Iam\w+)|operations\.(get|wait)))$/,
  'run.v2':
    /^projects\.locations\.(services\.(create|get|list|patch|delete|\w+Iam\w+|revisions\.(get|list))|operations\.get)$/,
  'secretmanager.v1':
    /^projects\.secrets\.(create|get|list|delete|addVersion|\w+Iam\w+|versions\.(access|get|list|enable|disable|destroy))$/,
  'serviceusage.v1': /^services\.(list|get|enable|disable|batchEnable)$/,
};

interface Parameter extends Schema {
  readonly location: string;
  readonly repeated?: boolean;
}

interface Method {
  readonly id: string;
  readonly httpMethod: string;
  readonly flatPath: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly request?: { readonly $ref: string };
}

interface Resource {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}

interface Document extends Resource {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error(
    'Usage: node scripts/discovery.ts FOLDER, e.g. googleapiclient/discovery_cache/documents of an installed google-api-python-client.',
  );
  process.exit(2);
}
for (const [api, served] of Object.entries(SERVED)) {
  const document = JSON.parse(readFileSync(path.join(folder, `${api}.json`), 'utf8')) as Document;
  const file = path.join(import.meta.dirname, '..', 'emulator', 'discovery', `${api}.json`);
  writeFileSync(file, `${JSON.stringify(trimmed(document, served), undefined, 1)}\n`);
}

/** Of a discovery document: the served methods, their query parameters, and the schemas that their bodies reach. */
function trimmed(document: Document, served: RegExp) {
  const { name, version, revision } = document;
  const methods = methodsOf(document).filter(({ id }) => served.test(id.slice(name.length + 1)));
  const schemas = new Map<string, Schema>();
  for (const { request } of methods) if (request) collect(document, request.$ref, schemas);
  return {
    name,
    version,
    revision,
    methods: methods.map(trimmedMethod).sort((a, b) => (a.id < b.id ? -1 : 1)),
    schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function methodsOf({ methods = {}, resources = {} }: Resource): Method[] {
  return [...Object.values(methods), ...Object.values(resources).flatMap(methodsOf)];
}

function trimmedMethod({ id, httpMethod, flatPath, parameters = {}, request }: Method) {
  const query = Object.entries(parameters)
    .filter(([, { location }]) => location === 'query')
    .map(([name, parameter]) => [name, { ...shapeOf(parameter), repeated: parameter.repeated }]);
  // Service Usage's document leaves open that its parents are projects.
  const ofProject = flatPath.replace('v1/{v1Id}/{v1Id1}/', 'v1/projects/{projectsId}/');
  const path = Object.entries(parameters).filter(([, { location }]) => location === 'path');
  return {
    id,
    httpMethod,
    flatPath: ofProject,
    path: path.map(([name]) => name),
    query: Object.fromEntries(query),
    request: request?.$ref,
  };
}

function collect(document: Document, name: string, into: Map<string, Schema>): void {
  const schema = document.schemas[name];
  if (into.has(name) || !schema) return;
  const shape = shapeOf(schema);
  into.set(name, shape);
  for (const [, ref] of JSON.stringify(shape).matchAll(/"\$ref":"(\w+)"/g)) {
    if (ref) collect(document, ref, into);
  }
}

/** A schema without its descriptions. */
function shapeOf({
  $ref,
  type,
  format,
  enum: values,
  items,
  additionalProperties,
  properties,
}: Schema): Schema {
  return {
    ...($ref && { $ref }),
    ...(type && { type }),
    ...(format && { format }),
    ...(values && { enum: values }),
    ...(items && { items: shapeOf(items) }),
    ...(additionalProperties && { additionalProperties: shapeOf(additionalProperties) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, shapeOf(property)]),
      ),
    }),
  };
}
