import Type, { type Static } from 'typebox';

const STRICT = { additionalProperties: false };
const StringMap = Type.Record(Type.String(), Type.String());

const Probe = Type.Object(
  {
    initial_delay_seconds: Type.Optional(Type.Number()),
    timeout_seconds: Type.Optional(Type.Number()),
    period_seconds: Type.Optional(Type.Number()),
    failure_threshold: Type.Optional(Type.Number()),
    http_get: Type.Object({ path: Type.String(), port: Type.Optional(Type.Number()) }, STRICT),
  },
  STRICT,
);

const Container = Type.Object(
  {
    image: Type.String(),
    name: Type.Optional(Type.String()),
    env: Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: Type.String() }, STRICT))),
    ports: Type.Optional(
      Type.Array(Type.Object({ name: Type.Optional(Type.String()), container_port: Type.Number() }, STRICT)),
    ),
    resources: Type.Optional(Type.Object({ limits: StringMap }, STRICT)),
    startup_probe: Type.Optional(Probe),
    liveness_probe: Type.Optional(Probe),
  },
  STRICT,
);

/** Arguments of `google_cloud_run_service`. */
export const ServiceArguments = Type.Object(
  {
    name: Type.String(),
    location: Type.String(),
    project: Type.Optional(Type.String()),
    // Only true is what the applier does: it never sends a revision name.
    autogenerate_revision_name: Type.Optional(Type.Literal(true)),
    metadata: Type.Optional(
      Type.Object({ annotations: Type.Optional(StringMap), labels: Type.Optional(StringMap) }, STRICT),
    ),
    template: Type.Object(
      {
        metadata: Type.Optional(
          Type.Object({ annotations: Type.Optional(StringMap), labels: Type.Optional(StringMap) }, STRICT),
        ),
        spec: Type.Object(
          {
            service_account_name: Type.String(),
            container_concurrency: Type.Optional(Type.Number()),
            timeout_seconds: Type.Optional(Type.Number()),
            containers: Type.Array(Container),
          },
          STRICT,
        ),
      },
      STRICT,
    ),
    traffic: Type.Array(
      Type.Object({ percent: Type.Number(), latest_revision: Type.Optional(Type.Boolean()) }, STRICT),
    ),
  },
  STRICT,
);

/** Maps whose keys belong to the user: they are sent as they are written. */
const MAPS = ['annotations', 'labels', 'limits'];

/**
 * The `spec` of a Knative service: the same tree as the arguments, in the API's spelling
 * (https://cloud.google.com/run/docs/reference/rest/v1/ServiceSpec).
 */
export function knativeSpec({ template, traffic }: Static<typeof ServiceArguments>): Record<string, unknown> {
  return { template: inCamelCase(template), traffic: inCamelCase(traffic) };
}

function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      MAPS.includes(key) ? item : inCamelCase(item),
    ]),
  );
}
