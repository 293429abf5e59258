import { readFileSync } from 'node:fs';
import path from 'node:path';
import { APIS, type Api } from '../apis.ts';

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
  /** What its path bears, in the names of the request message: `name`, `parent`, `resource`. */
  readonly path: readonly string[];
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

/**
 * All methods that have a discovery document here, by HTTP method and the shape of their path in the local cloud,
 * e.g. `GET /kms/v1/projects/{}/locations/{}/keyRings`. Cloud Storage is not among them: it ignores what it does not
 * know, so there is nothing to look up.
 */
export function readMethods(): ReadonlyMap<string, Method> {
  const documents = Object.values<Api>(APIS).flatMap(({ name, documents }) =>
    documents.map((document) => [name, document] as const),
  );
  return new Map(
    documents.flatMap(([prefix, document]) => {
      const { methods, schemas } = readDocument(document);
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

function readDocument(name: string): Document {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, `${name}.json`), 'utf8')) as Document;
}
