import { callGoogle } from '@cloud-run-identity/secrets';
import { BrokenError, NotProvenError } from '../checks/check.ts';
import { onProject } from '../checks/cloud-apis.ts';
import { type Api, isLocal } from '../google/environment.ts';
import { endpointFor, type Need, type Preflight } from './context.ts';

/** Asks an API about the project. @throws SecretError; NotProvenError where a local cloud has no such API */
async function askAboutProject<Answer>(
  preflight: Preflight,
  api: Api,
  path: string,
  call: { readonly permission: string; readonly role: string; readonly body?: object },
): Promise<Answer> {
  const { settings, clients } = preflight;
  const { projectId } = settings;
  const { permission, role, body } = call;
  const url = `${endpointFor(preflight, api)}/${path}`;
  const described = onProject(projectId, `projects/${projectId}`, permission, role, `${api}.googleapis.com`);
  return callGoogle(described, clients.callerEmail, () =>
    clients.request<Answer>({ url, ...(body && { method: 'POST', body }) }),
  );
}

/** Whether the project is there, by Resource Manager, which the provider asks as well. */
export const projectThere: Need = {
  name: 'project',
  async look(preflight) {
    const { projectId } = preflight.settings;
    const { lifecycleState } = await askAboutProject<{ lifecycleState?: string }>(
      preflight,
      'cloudresourcemanager',
      `v1/projects/${projectId}`,
      { permission: 'resourcemanager.projects.get', role: 'browser' },
    );
    if (lifecycleState === 'ACTIVE') return `${projectId} is active`;
    throw new BrokenError(
      `The project ${projectId} is ${lifecycleState}.`,
      `gcloud projects undelete ${projectId}`,
    );
  },
};

/** Whether somebody pays for the project. */
export const billing: Need = {
  name: 'billing',
  async look(preflight) {
    const { projectId } = preflight.settings;
    const { billingEnabled, billingAccountName } = await askAboutProject<{
      billingEnabled?: boolean;
      billingAccountName?: string;
    }>(preflight, 'cloudbilling', `v1/projects/${projectId}/billingInfo`, {
      permission: 'resourcemanager.projects.get',
      role: 'browser',
    });
    if (billingEnabled) return `${billingAccountName} pays`;
    throw new BrokenError(
      `Nobody pays for the project ${projectId}.`,
      `gcloud billing projects link ${projectId} --billing-account=ACCOUNT`,
    );
  },
};

/** Whether credentials of a person name a project that their calls are charged to. */
export const quotaProject: Need = {
  name: 'quota project',
  async look({ settings, environment }) {
    const { projectId } = settings;
    const lookAgain = 'npx cloud-run-identity preflight, with Application Default Credentials';
    if (isLocal(environment)) throw new NotProvenError('a local cloud charges nobody', lookAgain);
    if (environment.CLOUDSDK_AUTH_ACCESS_TOKEN) {
      throw new NotProvenError(
        'an access token does not say which project its calls are charged to',
        lookAgain,
      );
    }
    const { GoogleAuth, UserRefreshClient } = await import('google-auth-library');
    const client = await new GoogleAuth({ projectId }).getClient().catch(() => {
      throw new BrokenError('There are no credentials.', 'gcloud auth application-default login');
    });
    if (!(client instanceof UserRefreshClient)) return 'a service account is charged to its own project';
    const charged = environment.GOOGLE_CLOUD_QUOTA_PROJECT ?? client.quotaProjectId;
    if (charged) return charged;
    throw new BrokenError(
      'Your credentials name no project that is charged for their calls: Google refuses them as those of project 764086051850.',
      `gcloud auth application-default set-quota-project ${projectId}`,
    );
  },
};

/** Whether the APIs are on that the foundation cannot turn on, because turning on takes them. */
export const apisOn: Need = {
  name: 'APIs',
  async look(preflight) {
    const { projectId } = preflight.settings;
    const { services = [] } = await askAboutProject<{ services?: unknown[] }>(
      preflight,
      'serviceusage',
      `v1/projects/${projectId}/services?filter=state:ENABLED&pageSize=200`,
      { permission: 'serviceusage.services.list', role: 'serviceusage.serviceUsageViewer' },
    );
    return `Service Usage answers: ${services.length} are on, the foundation turns on the others`;
  },
};

/** What whoever deploys does on the project, by the narrowest predefined role that allows it (docs/deploy.md). */
const DEPLOYER: Readonly<Record<string, readonly string[]>> = {
  'roles/serviceusage.serviceUsageAdmin': ['serviceusage.services.enable', 'serviceusage.services.list'],
  'roles/browser': ['resourcemanager.projects.get'],
  'roles/cloudkms.admin': [
    'cloudkms.keyRings.create',
    'cloudkms.cryptoKeys.create',
    'cloudkms.cryptoKeys.update',
    'cloudkms.cryptoKeys.setIamPolicy',
  ],
  'roles/artifactregistry.admin': ['artifactregistry.repositories.create'],
  'roles/iam.serviceAccountAdmin': ['iam.serviceAccounts.create', 'iam.serviceAccounts.get'],
  'roles/iam.serviceAccountUser': ['iam.serviceAccounts.actAs'],
  // What an owner may do in a bucket comes with the bucket, as a binding of its own.
  'roles/storage.admin': ['storage.buckets.create'],
  'roles/run.admin': ['run.services.create', 'run.services.update', 'run.services.setIamPolicy'],
};

/** Whether whoever deploys may do what a deployment does. What is granted on single resources is not seen here. */
export const permissions: Need = {
  name: 'permissions',
  async look(preflight) {
    const { projectId } = preflight.settings;
    const wanted = Object.values(DEPLOYER).flat();
    const { permissions: held = [] } = await askAboutProject<{ permissions?: string[] }>(
      preflight,
      'cloudresourcemanager',
      `v1/projects/${projectId}:testIamPermissions`,
      { permission: 'resourcemanager.projects.get', role: 'browser', body: { permissions: wanted } },
    );
    const [first, ...others] = Object.entries(DEPLOYER).filter(([, needed]) =>
      needed.some((permission) => !held.includes(permission)),
    );
    if (!first) return `${wanted.length} that a deployment needs are held on the project`;
    const missing = wanted.filter((permission) => !held.includes(permission));
    const more = others.length > 0 ? `, and the same with ${others.map(([role]) => role).join(', ')}` : '';
    throw new BrokenError(
      `Whoever deploys lacks ${missing.join(', ')} on the project ${projectId}.`,
      `gcloud projects add-iam-policy-binding ${projectId} --member=MEMBER --role=${first[0]}${more}`,
    );
  },
};

interface EffectivePolicy {
  readonly spec?: {
    readonly rules?: readonly {
      readonly enforce?: boolean;
      readonly allowAll?: boolean;
      readonly denyAll?: boolean;
      readonly values?: {
        readonly allowedValues?: readonly string[];
        readonly deniedValues?: readonly string[];
      };
    }[];
  };
}

/** The rules of a constraint that hold for the project, of whoever set them. */
async function rulesOf(preflight: Preflight, constraint: string) {
  const path = `v2/projects/${preflight.settings.projectId}/policies/${constraint}:getEffectivePolicy`;
  const { spec } = await askAboutProject<EffectivePolicy>(preflight, 'orgpolicy', path, {
    permission: 'orgpolicy.policy.get',
    role: 'orgpolicy.policyViewer',
  });
  return spec?.rules ?? [];
}

function describe(projectId: string, constraint: string): string {
  return `gcloud org-policies describe ${constraint} --project=${projectId} --effective`;
}

/** Whether the organization lets a service that is declared public be public. */
export const domainPolicy: Need = {
  name: 'policy: who may be granted',
  async look(preflight) {
    const { services, projectId } = preflight.settings;
    const open = services.filter((service) => service.public).map(({ serviceName }) => serviceName);
    if (open.length === 0)
      return 'no service is public: only identities of this project are granted anything';
    const constraint = 'iam.allowedPolicyMemberDomains';
    const rules = await rulesOf(preflight, constraint);
    if (rules.every(({ allowAll }) => allowAll)) return 'allUsers may be granted';
    throw new BrokenError(
      `The organization restricts who may be granted (${constraint}): ${open.join(', ')} cannot be public.`,
      describe(projectId, constraint),
    );
  },
};

/** Whether the organization lets things be made in the region of the settings. */
export const locationPolicy: Need = {
  name: 'policy: locations',
  async look(preflight) {
    const { region, projectId } = preflight.settings;
    const constraint = 'gcp.resourceLocations';
    const rules = await rulesOf(preflight, constraint);
    if (rules.every(({ allowAll }) => allowAll)) return `anything may be made in ${region}`;
    const values = rules.flatMap((rule) => rule.values?.allowedValues ?? []);
    const denied = rules.flatMap((rule) => rule.values?.deniedValues ?? []);
    const names = (value: string) => [region, `in:${region}-locations`].includes(value);
    if (denied.length === 0 && values.some(names)) return `${region} is allowed`;
    const text = `The organization restricts locations (${constraint}): allowed ${values.join(', ') || 'none'}, denied ${denied.join(', ') || 'none'}`;
    // What a group of locations holds, only Google knows.
    const isOpen = [...values, ...denied].some((value) => value.startsWith('in:') && !names(value));
    if (isOpen && !denied.some(names)) throw new NotProvenError(text, describe(projectId, constraint));
    throw new BrokenError(`${text}; ${region} is not.`, describe(projectId, constraint));
  },
};

/** Whether a bucket of somebody else has what our grants need; ours always has it. */
export const uniformAccess: Need = {
  name: 'uniform access',
  async look({ settings, clients }) {
    const { bucketName: bucket, isExistingBucket } = settings;
    if (!isExistingBucket) return 'the bucket is made with it';
    const call = { permission: 'storage.objects.list', bucket, object: '' } as const;
    const [metadata] = await callGoogle(call, clients.callerEmail, () =>
      clients.storage.bucket(bucket).getMetadata(),
    );
    if (metadata.iamConfiguration?.uniformBucketLevelAccess?.enabled) return `gs://${bucket} has it`;
    throw new BrokenError(
      `gs://${bucket} has no uniform bucket-level access: Cloud Storage refuses a grant with a condition.`,
      `gcloud storage buckets update gs://${bucket} --uniform-bucket-level-access`,
    );
  },
};
