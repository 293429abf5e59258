import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A JSON schema as discovery documents write it, without descriptions. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** A query parameter; a repeated one may come several times. */
export interface Parameter extends Schema {
  readonly repeated?: boolean;
}

/** One method of an API. */
export interface Method {
  /** E.g. `cloudkms.projects.locations.keyRings.create`. */
  readonly id: string;
  readonly query: Readonly<Record<string, Parameter>>;
  /** The name of the schema of its body; undefined where it has none. */
  readonly request?: string;
  /** The schemas of its API by name. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

interface Document {
  readonly methods: readonly (Omit<Method, 'schemas'> & { httpMethod: string; flatPath: string })[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** The documents by the prefix under which the local cloud serves their API. */
const DOCUMENTS: readonly (readonly [prefix: string, file: string])[] = [
  ['artifactregistry', 'artifactregistry.v1.json'],
  ['crm', 'cloudresourcemanager.v1.json'],
  ['crm', 'cloudresourcemanager.v3.json'],
  ['iam', 'iam.v1.json'],
  ['kms', 'cloudkms.v1.json'],
  ['logging', 'logging.v2.json'],
  ['policytroubleshooter', 'policytroubleshooter.v1.json'],
  ['run', 'run.v1.json'],
  ['run', 'run.v2.json'],
  ['secretmanager', 'secretmanager.v1.json'],
  ['serviceusage', 'serviceusage.v1.json'],
];

/**
 * All methods that have a discovery document here, by HTTP method and the shape of their path in the local cloud,
 * e.g. `GET /kms/v1/projects/{}/locations/{}/keyRings`. Cloud Storage is not among them: it ignores what it does not
 * know, so there is nothing to look up.
 */
export function readMethods(): ReadonlyMap<string, Method> {
  return new Map(
    DOCUMENTS.flatMap(([prefix, file]) => {
      const { methods, schemas } = readDocument(file);
      return methods.map(({ httpMethod, flatPath, ...method }) => {
        const shape = `/${prefix}/${flatPath.replace(/\{\w+\}/g, '{}')}`;
        return [`${httpMethod} ${shape}`, { ...method, schemas }] as const;
      });
    }),
  );
}

/** The key of `readMethods` for a Fastify route such as `/kms/v1/projects/:project/locations/:location`. */
export function methodKey(httpMethod: string, route: string): string {
  // A doubled colon is Fastify's way to write one.
  const literalColon = '\n';
  const shape = route.replaceAll('::', literalColon).replace(/:\w+(\(.*?\))?/g, '{}');
  return `${httpMethod} ${shape.replaceAll(literalColon, ':')}`;
}

function readDocument(file: string): Document {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, file), 'utf8')) as Document;
}
