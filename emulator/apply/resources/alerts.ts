import Type from 'typebox';
import { resourceType } from '../resource-type.ts';

const STRICT = { additionalProperties: false };
const StringMap = Type.Record(Type.String(), Type.String());
const LogMatch = { filter: Type.String(), label_extractors: Type.Optional(StringMap) };

/** A metric of logs. Its arguments are checked and nothing is made: nothing counts log entries here. */
export const logMetric = resourceType({
  arguments: Type.Object(
    {
      name: Type.String(),
      project: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      ...LogMatch,
      metric_descriptor: Type.Object(
        {
          metric_kind: Type.String(),
          value_type: Type.String(),
          labels: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  key: Type.String(),
                  value_type: Type.Optional(Type.String()),
                  description: Type.Optional(Type.String()),
                },
                STRICT,
              ),
            ),
          ),
        },
        STRICT,
      ),
    },
    STRICT,
  ),
  apply: async ({ name }) => ({ id: name }),
});

/** An alert on logs. Its arguments are checked and nothing is made: nobody would be told here. */
export const alertPolicy = resourceType({
  arguments: Type.Object(
    {
      display_name: Type.String(),
      project: Type.Optional(Type.String()),
      combiner: Type.String(),
      severity: Type.Optional(Type.String()),
      conditions: Type.Array(
        Type.Object(
          { display_name: Type.String(), condition_matched_log: Type.Object(LogMatch, STRICT) },
          STRICT,
        ),
      ),
      alert_strategy: Type.Object(
        { notification_rate_limit: Type.Object({ period: Type.String() }, STRICT) },
        STRICT,
      ),
      notification_channels: Type.Array(Type.String()),
      documentation: Type.Optional(
        Type.Object({ content: Type.String(), mime_type: Type.Optional(Type.String()) }, STRICT),
      ),
      user_labels: Type.Optional(StringMap),
    },
    STRICT,
  ),
  apply: async (_, { project }) => ({ id: `projects/${project}/alertPolicies/not-emulated` }),
});
