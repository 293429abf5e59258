import Type from 'typebox';
import { IAM_MEMBER_ARGUMENTS } from '../iam-policy.ts';
import { resourceType } from '../resource-type.ts';

const STRICT = { additionalProperties: false };
const Strings = Type.Array(Type.String());
const Location = { name: Type.String(), location: Type.String(), project: Type.Optional(Type.String()) };

const Container = Type.Object(
  {
    image: Type.String(),
    command: Type.Optional(Strings),
    args: Type.Optional(Strings),
    env: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), value: Type.Optional(Type.String()) }, STRICT)),
    ),
  },
  STRICT,
);

const Task = Type.Object(
  {
    service_account: Type.String(),
    timeout: Type.Optional(Type.String()),
    max_retries: Type.Optional(Type.Number()),
    containers: Type.Array(Container),
  },
  STRICT,
);

/** A Cloud Run job. Its arguments are checked and nothing is made: nothing runs by a schedule here. */
export const cloudRunJob = resourceType({
  arguments: Type.Object(
    {
      ...Location,
      labels: Type.Optional(Type.Record(Type.String(), Type.String())),
      deletion_protection: Type.Optional(Type.Boolean()),
      template: Type.Object({ template: Task }, STRICT),
    },
    STRICT,
  ),
  apply: async ({ name, location, project }, context) => ({
    id: `projects/${project ?? context.project}/locations/${location}/jobs/${name}`,
  }),
});

/** Who may start such a job; not made either. */
export const cloudRunJobIamMember = resourceType({
  arguments: Type.Object({ ...Location, ...IAM_MEMBER_ARGUMENTS }, STRICT),
  apply: async ({ name, location, project, role, member }, context) => ({
    id: `projects/${project ?? context.project}/locations/${location}/jobs/${name}/${role}/${member}`,
  }),
});

/** Its schedule; not made either. */
export const schedulerJob = resourceType({
  arguments: Type.Object(
    {
      name: Type.String(),
      project: Type.Optional(Type.String()),
      region: Type.String(),
      schedule: Type.String(),
      time_zone: Type.Optional(Type.String()),
      http_target: Type.Object(
        {
          http_method: Type.Optional(Type.String()),
          uri: Type.String(),
          oauth_token: Type.Object({ service_account_email: Type.String() }, STRICT),
        },
        STRICT,
      ),
    },
    STRICT,
  ),
  apply: async ({ name, region, project }, context) => ({
    id: `projects/${project ?? context.project}/locations/${region}/jobs/${name}`,
  }),
});
