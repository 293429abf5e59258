/** One of Google's refusals that is no missing permission, in the shapes that its APIs have for it. */
interface Refusal {
  readonly status: number;
  /** The canonical status of every API but Cloud Storage's. */
  readonly canonical: string;
  /** Cloud Storage's reason, and google.rpc.ErrorInfo's where there is one. */
  readonly reason: string;
  readonly errorInfo?: string;
  /** The code of Cloud Storage's XML API. */
  readonly code: string;
  readonly message: string;
}

/**
 * The refusals by name. Sources: the API's documentation of each, and reports of what users saw
 * (https://cloud.google.com/vpc-service-controls/docs/troubleshooting,
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes, https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds).
 */
export const REFUSALS = {
  'vpc-sc': {
    status: 403,
    canonical: 'PERMISSION_DENIED',
    reason: 'vpcServiceControls',
    errorInfo: 'SECURITY_POLICY_VIOLATED',
    code: 'AccessDenied',
    message:
      "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: local-cloud.",
  },
  'billing-disabled': {
    status: 403,
    canonical: 'PERMISSION_DENIED',
    reason: 'accountDisabled',
    errorInfo: 'BILLING_DISABLED',
    code: 'AccountProblem',
    message:
      'This API method requires billing to be enabled. Please enable billing on the project, then retry.',
  },
  'quota-project': {
    status: 403,
    canonical: 'PERMISSION_DENIED',
    reason: 'forbidden',
    errorInfo: 'USER_PROJECT_DENIED',
    code: 'UserProjectAccessDenied',
    message:
      'Caller does not have required permission to use the quota project. Grant the caller the role roles/serviceusage.serviceUsageConsumer.',
  },
  retention: {
    status: 403,
    canonical: 'PERMISSION_DENIED',
    reason: 'retentionPolicyNotMet',
    code: 'AccessDenied',
    message:
      "Object is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until 2099-01-01T00:00:00Z",
  },
  'requester-pays': {
    status: 400,
    canonical: 'INVALID_ARGUMENT',
    reason: 'required',
    code: 'UserProjectMissing',
    message: 'Bucket is a requester pays bucket but no user project provided.',
  },
  'org-policy': {
    status: 412,
    canonical: 'FAILED_PRECONDITION',
    reason: 'orgPolicyConstraintFailed',
    code: 'OrgPolicyConstraintFailed',
    message: "Constraint 'constraints/gcp.resourceLocations' violated.",
  },
  'storage-key-disabled': {
    status: 400,
    canonical: 'FAILED_PRECONDITION',
    reason: 'cloudKmsDisabledKey',
    code: 'CloudKmsDisabledKey',
    message: 'Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;

/** The name of a refusal. */
export type RefusalName = keyof typeof REFUSALS;

/** What a request to that path is answered with. */
export function refusalAnswer(name: RefusalName, path: string) {
  const { status, canonical, reason, code, message, ...refusal }: Refusal = REFUSALS[name];
  if (path.startsWith('/storage/xml/')) {
    const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${text}</Message></Error>`;
    return { status, type: 'application/xml; charset=UTF-8', body };
  }
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: refusal.errorInfo,
    domain: 'googleapis.com',
    metadata: {},
  };
  const details = refusal.errorInfo === undefined ? {} : { details: [info] };
  const errors = [{ message, domain: 'global', reason }];
  const isStorage = /^\/(?:(?:upload|download)\/)?storage\//.test(path);
  const error = isStorage
    ? { code: status, message, errors, ...details }
    : { code: status, message, status: canonical, ...details };
  return { status, type: 'application/json; charset=UTF-8', body: JSON.stringify({ error }) };
}
