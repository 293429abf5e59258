import fc from 'fast-check';

/** The JSON of a stack, to be changed in place. */
// biome-ignore lint/suspicious/noExplicitAny: synthesized JSON has a shape of its own for each resource type.
export type Json = Record<string, any>;

/** One way of giving somebody more than before, and how it is hidden. */
export interface Attack {
  readonly title: string;
  readonly apply: (stack: Json) => void;
}

const PROJECT = 'my-project';
const BUCKET = 'my-project-cloudrun-identity';
const RING = `projects/${PROJECT}/locations/global/keyRings/cloudrun-secrets`;
const KEY = `${RING}/cryptoKeys/cloudrun-identity`;
const EMAIL = `cloud-run-identity@${PROJECT}.iam.gserviceaccount.com`;
const OBJECT = `projects/_/buckets/${BUCKET}/objects/config.enc`;

const expression = (text: string) => `\${${text}}`;

function add(stack: Json, kind: string, type: string, body: unknown, name = 'added'): void {
  stack[kind] ??= {};
  stack[kind][type] ??= {};
  stack[kind][type][name] = body;
}

/** A text as an expression that gives the same text, and what the expression needs beside it. */
interface Disguise {
  readonly title: string;
  readonly hide: (text: string, stack: Json) => string;
}

const DISGUISES: readonly Disguise[] = [
  { title: 'as it is', hide: (text) => text },
  { title: 'in quotes', hide: (text) => expression(`"${text}"`) },
  {
    title: 'behind a local',
    hide: (text, stack) => {
      stack.locals = { ...stack.locals, hidden: text };
      return expression('local.hidden');
    },
  },
  {
    title: 'behind a local behind a local',
    hide: (text, stack) => {
      stack.locals = { ...stack.locals, hidden: expression('local.deeper[0].x'), deeper: [{ x: text }] };
      return expression('local.hidden');
    },
  },
  {
    title: 'behind a variable',
    hide: (text, stack) => {
      add(stack, 'variable', 'hidden', { default: text, type: 'string' });
      stack.variable.hidden = { default: text };
      return expression('var.hidden');
    },
  },
  {
    title: 'behind a variable without default',
    hide: (_, stack) => {
      stack.variable = { hidden: { type: 'string' } };
      return expression('var.hidden');
    },
  },
  {
    title: 'joined',
    hide: (text) => expression(`join("", ["${text.slice(0, 3)}", "${text.slice(3)}"])`),
  },
  {
    title: 'formatted',
    hide: (text) => expression(`format("%s%s", "${text.slice(0, 4)}", "${text.slice(4)}")`),
  },
  { title: 'chosen', hide: (text) => expression(`true ? "${text}" : "nobody"`) },
  {
    title: 'replaced',
    hide: (text) => expression(`replace("${text.replaceAll('e', 'EE')}", "EE", "e")`),
  },
  { title: 'decoded', hide: (text) => expression(`base64decode("${Buffer.from(text).toString('base64')}")`) },
  { title: 'out of JSON', hide: (text) => expression(`jsondecode("{\\"a\\":\\"${text}\\"}").a`) },
  { title: 'out of a file', hide: () => expression('file("hidden.txt")') },
  { title: 'out of a time', hide: (text) => expression(`timestamp() == "" ? "nobody" : "${text}"`) },
  { title: 'out of YAML', hide: (text) => expression(`yamldecode("a: ${text}").a`) },
  { title: 'in a directive', hide: (text) => `%{ if true }${text}%{ endif }` },
  {
    title: 'in a directive for each',
    hide: (text) => `%{ for x in ["${text}"] ~}\n  ${expression('x')}%{~ endfor }`,
  },
  { title: 'in a heredoc', hide: (text) => expression(`trimspace(<<EOT\n${text}\nEOT\n)`) },
  { title: 'in an indented heredoc', hide: (text) => expression(`chomp(<<-EOT\n  ${text}\n  EOT\n)`) },
  {
    title: 'behind a grouping',
    hide: (text) => expression(`{ for x in ["${text}"] : "k" => x... }["k"][0]`),
  },
  { title: 'in a for', hide: (text) => expression(`[for x in ["${text}"] : x][0]`) },
  {
    title: 'out of a data source',
    hide: (_, stack) => {
      add(stack, 'data', 'http', { url: 'https://example.com' }, 'hidden');
      return expression('data.http.hidden.response_body');
    },
  },
  {
    title: 'out of another resource',
    hide: (text, stack) => {
      add(stack, 'resource', 'terraform_data', { input: text }, 'hidden');
      return expression('terraform_data.hidden.output');
    },
  },
];

/** A grant in one of the forms that Terraform takes. */
interface Grant {
  readonly base: string;
  readonly target: Readonly<Record<string, string>>;
  readonly role: string;
  readonly member: string;
}

const FORMS: readonly { readonly title: string; readonly apply: (stack: Json, grant: Grant) => void }[] = [
  {
    title: 'a member',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_member`, { ...target, role, member }),
  },
  {
    title: 'a member in a list',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_member`, [{ ...target, role, member }]),
  },
  {
    title: 'a binding',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_binding`, { ...target, role, members: [member] }),
  },
  {
    title: 'a policy',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_policy`, {
        ...target,
        policy_data: JSON.stringify({ bindings: [{ role, members: [member] }] }),
      }),
  },
  {
    title: 'a policy by jsonencode',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_policy`, {
        ...target,
        policy_data: expression(
          `jsonencode({bindings = [{role = "${role}", members = ["${quoted(member)}"]}]})`,
        ),
      }),
  },
  {
    title: 'a policy by a data source',
    apply: (stack, { base, target, role, member }) => {
      add(stack, 'data', 'google_iam_policy', { binding: { role, members: [member] } }, 'policy');
      const policy_data = expression('data.google_iam_policy.policy.policy_data');
      add(stack, 'resource', `${base}_iam_policy`, { ...target, policy_data });
    },
  },
  {
    title: 'members by for_each',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_member`, {
        ...target,
        role,
        for_each: expression(`toset(["${quoted(member)}"])`),
        member: expression('each.value'),
      }),
  },
  {
    title: 'members by count',
    apply: (stack, { base, target, role, member }) => {
      stack.locals = { ...stack.locals, members: [member] };
      add(stack, 'resource', `${base}_iam_member`, {
        ...target,
        role,
        count: expression('length(local.members)'),
        member: expression('local.members[count.index]'),
      });
    },
  },
  {
    title: 'a condition that is always true',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_member`, {
        ...target,
        role,
        member,
        condition: { title: 'one-object', expression: `resource.name == "${OBJECT}" || true` },
      }),
  },
  {
    title: 'a dynamic block of conditions',
    apply: (stack, { base, target, role, member }) =>
      add(stack, 'resource', `${base}_iam_member`, {
        ...target,
        role,
        member,
        dynamic: { condition: { for_each: [], content: { title: 'x', expression: 'false' } } },
      }),
  },
  {
    title: 'another provider',
    apply: (stack, { base, target, role, member }) => {
      stack.provider.google.push({ alias: 'other', project: PROJECT });
      add(stack, 'resource', `${base}_iam_member`, { ...target, role, member, provider: 'google.other' });
    },
  },
  {
    title: 'blocks in lists at every level',
    apply: (stack, { base, target, role, member }) => {
      stack.resource = [
        stack.resource,
        { [`${base}_iam_member`]: [{ added: [{ ...target, role, member }] }] },
      ];
    },
  },
];

/** What stands in a template inside of quotes. */
function quoted(text: string): string {
  return text.replaceAll('"', '\\"');
}

const service = (stack: Json) => stack.resource.google_cloud_run_service.service;
const container = (stack: Json) => service(stack).template.spec.containers[0];

const REACHING = [
  { base: 'google_storage_bucket', target: { bucket: BUCKET }, role: 'roles/storage.objectViewer' },
  { base: 'google_storage_bucket', target: { bucket: `b/${BUCKET}` }, role: 'roles/storage.admin' },
  {
    base: 'google_kms_crypto_key',
    target: { crypto_key_id: KEY },
    role: 'roles/cloudkms.cryptoKeyDecrypter',
  },
  {
    base: 'google_kms_crypto_key',
    target: { crypto_key_id: `${PROJECT}/global/cloudrun-secrets/cloudrun-identity` },
    role: 'roles/cloudkms.admin',
  },
  {
    base: 'google_kms_crypto_key',
    target: { crypto_key_id: 'global/cloudrun-secrets/cloudrun-identity' },
    role: 'roles/cloudkms.cryptoOperator',
  },
  { base: 'google_kms_key_ring', target: { key_ring_id: RING }, role: 'roles/cloudkms.cryptoKeyDecrypter' },
  { base: 'google_project', target: { project: PROJECT }, role: 'roles/owner' },
  { base: 'google_project', target: { project: PROJECT }, role: 'projects/my-project/roles/custom' },
  { base: 'google_folder', target: { folder: 'folders/1' }, role: 'roles/editor' },
  { base: 'google_organization', target: { org_id: '1' }, role: 'roles/iam.securityAdmin' },
  {
    base: 'google_service_account',
    target: { service_account_id: `projects/${PROJECT}/serviceAccounts/${EMAIL}` },
    role: 'roles/iam.serviceAccountTokenCreator',
  },
  {
    base: 'google_service_account',
    target: { service_account_id: expression('google_service_account.identity.name') },
    role: 'roles/iam.workloadIdentityUser',
  },
  {
    base: 'google_cloud_run_service',
    target: { service: 'cloudrun-identity', location: 'us-central1' },
    role: 'roles/run.invoker',
  },
  {
    base: 'google_cloud_run_v2_service',
    target: { name: 'cloudrun-identity', location: 'us-central1' },
    role: 'roles/run.invoker',
  },
  {
    base: 'google_artifact_registry_repository',
    target: { repository: 'cloud-run-identity', location: 'us-central1' },
    role: 'roles/artifactregistry.writer',
  },
  {
    base: 'google_storage_managed_folder',
    target: { bucket: BUCKET, managed_folder: 'a/' },
    role: 'roles/x',
  },
  {
    base: 'google_secret_manager_secret',
    target: { secret_id: 's' },
    role: 'roles/secretmanager.secretAccessor',
  },
] as const;

const MEMBERS = [
  'allUsers',
  'allAuthenticatedUsers',
  'AllUsers',
  'user:mallory@example.com',
  'group:everybody@example.com',
  'domain:example.com',
  'serviceAccount:evil@another-project.iam.gserviceaccount.com',
  'serviceAccount:evil.svc.id.goog[default/evil]',
  'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s',
  'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*',
  'projectEditor:my-project',
  'deleted:user:mallory@example.com?uid=1',
  'user:1234567890',
];

/** Types that give access without being grants. */
const OTHER_TYPES: Readonly<Record<string, unknown>> = {
  google_storage_bucket_access_control: { bucket: BUCKET, role: 'READER', entity: 'allUsers' },
  google_storage_bucket_acl: { bucket: BUCKET, role_entity: ['OWNER:user-mallory@example.com'] },
  google_storage_object_acl: { bucket: BUCKET, object: 'config.enc', predefined_acl: 'publicRead' },
  google_storage_default_object_acl: { bucket: BUCKET, role_entity: ['READER:allUsers'] },
  google_service_account_key: { service_account_id: EMAIL },
  google_storage_hmac_key: { service_account_email: EMAIL },
  google_project_iam_custom_role: { role_id: 'x', permissions: ['cloudkms.cryptoKeyVersions.useToDecrypt'] },
  google_cloud_run_v2_job: { name: 'j', template: { template: { service_account: EMAIL } } },
  google_cloud_run_v2_service: { name: 's', template: { service_account: EMAIL } },
  google_cloudfunctions2_function: { name: 'f', service_config: { service_account_email: EMAIL } },
  google_compute_instance: { name: 'vm', service_account: { email: EMAIL, scopes: ['cloud-platform'] } },
  google_cloudbuild_trigger: { name: 't', service_account: EMAIL },
  google_iam_workload_identity_pool_provider: { workload_identity_pool_id: 'p', attribute_condition: 'true' },
  google_iam_deny_policy: { parent: 'x', name: 'y' },
  google_org_policy_policy: { name: 'x' },
  google_storage_notification: { bucket: BUCKET, topic: 't' },
  google_storage_transfer_job: { transfer_spec: { gcs_data_source: { bucket_name: BUCKET } } },
  google_kms_crypto_key_version: { crypto_key: KEY },
  google_kms_secret_ciphertext: { crypto_key: KEY, plaintext: 'x' },
  null_resource: { provisioner: { 'local-exec': { command: 'gcloud' } } },
  terraform_data: { provisioner: [{ 'local-exec': { command: 'gcloud' } }] },
  random_id: { byte_length: 1 },
};

const setters = (entries: Readonly<Record<string, (stack: Json) => void>>): Attack[] =>
  Object.entries(entries).map(([title, apply]) => ({ title, apply }));

/** Changes of what runs, of what protects, and of what Terraform itself does. */
const OTHERS: readonly Attack[] = setters({
  'a container beside it': (stack) =>
    service(stack).template.spec.containers.push({
      name: 'x',
      image: `example.com/x@sha256:${'b'.repeat(64)}`,
    }),
  'containers by a dynamic block': (stack) => {
    service(stack).template.spec.dynamic = {
      containers: { for_each: [1], content: { image: `example.com/x@sha256:${'b'.repeat(64)}` } },
    };
  },
  'an init container': (stack) => {
    service(stack).template.spec.init_containers = [{ image: 'x' }];
  },
  'another image': (stack) => {
    container(stack).image = `example.com/x@sha256:${'b'.repeat(64)}`;
  },
  'an image by tag': (stack) => {
    container(stack).image =
      'us-central1-docker.pkg.dev/my-project/cloud-run-identity/cloudrun-identity:evil';
  },
  'an image by tag and an expression': (stack) => {
    container(stack).image = `example.com/x:latest@${expression('var.digest')}`;
  },
  'a command': (stack) => {
    container(stack).command = ['sh', '-c', 'evil'];
  },
  arguments: (stack) => {
    container(stack).args = ['--evil'];
  },
  NODE_OPTIONS: (stack) => container(stack).env.push({ name: 'NODE_OPTIONS', value: '--import=evil' }),
  'any other variable': (stack) => container(stack).env.push({ name: 'SOMETHING', value: 'evil' }),
  'a variable by a dynamic block': (stack) => {
    container(stack).dynamic = {
      env: { for_each: { LD_PRELOAD: 'x' }, content: { name: expression('env.key'), value: 'y' } },
    };
  },
  'a variable out of Secret Manager': (stack) =>
    container(stack).env.push({ name: 'X', value_from: { secret_key_ref: { name: 's', key: 'latest' } } }),
  'a volume': (stack) => {
    service(stack).template.spec.volumes = [{ name: 'v', secret: { secret_name: 's' } }];
  },
  'revealed values': (stack) => {
    container(stack).env.find(({ name }: Json) => name === 'PAGE_VALUES').value = 'revealed';
  },
  'another secret': (stack) => {
    container(stack).env.find(({ name }: Json) => name === 'OBJECT_NAME').value = 'another.enc';
  },
  'another identity': (stack) => {
    service(stack).template.spec.service_account_name = 'owner@my-project.iam.gserviceaccount.com';
  },
  'the default identity': (stack) => {
    delete service(stack).template.spec.service_account_name;
  },
  'no check of the caller': (stack) => {
    service(stack).metadata.annotations['run.googleapis.com/invoker-iam-disabled'] = true;
  },
  'an annotation that is not known': (stack) => {
    service(stack).template.metadata.annotations['run.googleapis.com/evil'] = 'true';
  },
  'another network': (stack) => {
    service(stack).template.metadata.annotations['run.googleapis.com/vpc-access-connector'] = 'evil';
  },
  'traffic to an old revision': (stack) => {
    service(stack).traffic = [{ percent: 100, revision_name: 'old' }];
  },
  'a tag on an old revision': (stack) =>
    service(stack).traffic.push({ percent: 0, revision_name: 'old', tag: 'x' }),
  'another file to upload': (stack) => {
    stack.resource.google_storage_bucket_object.config.lifecycle = undefined;
    stack.resource.google_storage_bucket_object.config.source = 'evil.enc';
  },
  'a second object over the first': (stack) =>
    add(stack, 'resource', 'google_storage_bucket_object', {
      bucket: BUCKET,
      name: 'config.enc',
      source: 'evil.enc',
    }),
  'no public access prevention': (stack) => {
    stack.resource.google_storage_bucket.bucket.public_access_prevention = 'inherited';
  },
  'no uniform access': (stack) => {
    stack.resource.google_storage_bucket.bucket.uniform_bucket_level_access = false;
  },
  'a bucket in another form': (stack) => {
    stack.resource.google_storage_bucket.bucket = [
      { ...stack.resource.google_storage_bucket.bucket, public_access_prevention: 'inherited' },
    ];
  },
  'a website out of the bucket': (stack) => {
    stack.resource.google_storage_bucket.bucket.website = { main_page_suffix: 'config.enc' };
  },
  'a log of the bucket elsewhere': (stack) => {
    stack.resource.google_storage_bucket.bucket.logging = { log_bucket: 'evil' };
  },
  'a condition taken away': (stack) => {
    for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[]) {
      delete grant.condition;
    }
  },
  'a condition that is an expression': (stack) => {
    for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[]) {
      grant.condition.expression = expression('file("condition.cel")');
    }
  },
  'two conditions': (stack) => {
    for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[]) {
      grant.condition = [grant.condition, { title: 'x', expression: 'true' }];
    }
  },
  'ignored changes of a grant': (stack) => {
    for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[]) {
      grant.lifecycle = { ignore_changes: 'all' };
    }
  },
  'a provisioner': (stack) => {
    stack.resource.google_storage_bucket.bucket.provisioner = [{ 'local-exec': { command: 'evil' } }];
  },
  'a connection': (stack) => {
    stack.resource.google_storage_bucket.bucket.connection = { host: 'evil' };
  },
  'a condition before apply': (stack) => {
    stack.resource.google_storage_bucket.bucket.lifecycle = {
      precondition: { condition: expression('data.external.x.result.ok'), error_message: 'x' },
    };
  },
  'a program': (stack) => add(stack, 'data', 'external', { program: ['sh', '-c', 'evil'] }),
  'a secret in an output': (stack) => {
    add(stack, 'data', 'google_kms_secret', { crypto_key: KEY, ciphertext: 'abc' });
    stack.output.leak = { value: expression('nonsensitive(data.google_kms_secret.added.plaintext)') };
  },
  'an ephemeral secret': (stack) =>
    add(stack, 'ephemeral', 'google_secret_manager_secret_version', { secret: 's' }),
  'a module': (stack) => {
    stack.module = { more: { source: 'git::https://example.com/evil' } };
  },
  'a check with a data source': (stack) => {
    stack.check = { health: { data: { http: { x: { url: 'https://example.com' } } }, assert: {} } };
  },
  'an import': (stack) => {
    stack.import = [{ to: 'google_storage_bucket.bucket', id: 'evil' }];
  },
  'a removal': (stack) => {
    stack.removed = [{ from: 'google_storage_bucket.old', lifecycle: { destroy: false } }];
  },
  'credentials of the provider': (stack) => {
    stack.provider.google[0].credentials = expression('file("key.json")');
  },
  'a token of the provider': (stack) => {
    stack.provider.google[0].access_token = `ya29.${'x'.repeat(30)}`;
  },
  'impersonation by the provider': (stack) => {
    stack.provider.google[0].impersonate_service_account = 'owner@my-project.iam.gserviceaccount.com';
  },
  'an endpoint of the provider': (stack) => {
    stack.provider.google[0].storage_custom_endpoint = 'https://evil.example.com/';
  },
  'another project of the provider': (stack) => {
    stack.provider.google[0].project = 'another-project';
  },
  'another provider': (stack) => {
    stack.provider.evil = [{}];
  },
  'another source of a provider': (stack) => {
    stack.terraform.required_providers.google.source = 'evil/google';
  },
  'another backend': (stack) => {
    stack.terraform.backend = { gcs: { bucket: 'evil' } };
  },
  'a kind of block that there is not yet': (stack) => {
    stack.future = { x: {} };
  },
  'an argument that there is not yet': (stack) => {
    stack.resource.google_storage_bucket.bucket.future = true;
  },
  'an exception': (stack) => {
    stack.resource.google_storage_bucket.bucket.uniform_bucket_level_access = false;
    stack['//'] = {
      'cloud-run-identity': {
        exceptions: [
          { path: '', policy: 'bucket-uniform-access', reason: 'r', owner: 'o', until: '2999-01-01' },
        ],
      },
    };
  },
  'an exception without an end': (stack) => {
    stack['//'] = {
      'cloud-run-identity': {
        exceptions: [{ path: '', policy: 'bucket-uniform-access', reason: 'r', owner: 'o' }],
      },
    };
  },
  'a bucket under another name': (stack) => {
    stack.resource.google_storage_bucket.bucket.name = expression('file("name.txt")');
  },
  'resources that are no map': (stack) => {
    stack.resource.google_storage_bucket_iam_member = 'all of them';
  },
  'two blocks under one name': (stack) => {
    const own = stack.resource.google_storage_bucket.bucket;
    stack.resource.google_storage_bucket.bucket = [own, { ...own, public_access_prevention: 'inherited' }];
  },
});

const otherTypes: readonly Attack[] = Object.entries(OTHER_TYPES).map(([type, body]) => ({
  title: `a ${type}`,
  apply: (stack) => add(stack, 'resource', type, body),
}));

/** Attacks that need no luck. */
export const FIXED_ATTACKS: readonly Attack[] = [...OTHERS, ...otherTypes];

/** A grant in any form, with any part of it hidden in any way, as a function of its member. */
const hiddenGrant = fc
  .record({
    reaching: fc.constantFrom(...REACHING),
    form: fc.constantFrom(...FORMS),
    disguise: fc.constantFrom(...DISGUISES),
    hidden: fc.constantFrom('member', 'role', 'target'),
  })
  .map(({ reaching, form, disguise, hidden }) => (member: string): Attack => {
    return {
      title: `${form.title} of ${reaching.base}: ${member} gets ${reaching.role}, its ${hidden} ${disguise.title}`,
      apply: (stack: Json) => {
        const [[name, target]] = Object.entries(reaching.target) as [[string, string]];
        const isExpression = target.includes('${');
        form.apply(stack, {
          base: reaching.base,
          role: hidden === 'role' ? disguise.hide(reaching.role, stack) : reaching.role,
          member: hidden === 'member' ? disguise.hide(member, stack) : member,
          target: {
            ...reaching.target,
            [name]: hidden === 'target' && !isExpression ? disguise.hide(target, stack) : target,
          },
        });
      },
    };
  });

/** A grant to somebody that was not there before. */
export const grantAttack: fc.Arbitrary<Attack> = fc
  .tuple(hiddenGrant, fc.constantFrom(...MEMBERS))
  .map(([grant, member]) => grant(member));

/** A grant that was there before, now to somebody else. */
export const memberAttack: fc.Arbitrary<readonly [before: Attack, after: Attack]> = fc
  .tuple(hiddenGrant, fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 2, maxLength: 2 }))
  .filter(([, members]) => members[0]?.toLowerCase() !== members[1]?.toLowerCase())
  .map(([grant, [before = '', after = '']]) => [grant(before), grant(after)]);
