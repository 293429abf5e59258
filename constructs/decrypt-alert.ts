import { LoggingMetric } from '@cdktf/provider-google/lib/logging-metric/index.js';
import { MonitoringAlertPolicy } from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';
import { Construct } from 'constructs';
import type { EncryptionKey } from './encryption-key.ts';
import type { RunIdentity } from './identity.ts';
import { LABELS } from './labels.ts';

/** Whose key to watch. */
export interface DecryptAlertProps {
  readonly serviceName: string;
  /** Which of the service's secrets; named where there are several. @default its only one */
  readonly secretName?: string;
  /** @default the provider's project */
  readonly projectId?: string;
  /** The only one that is expected to decrypt. */
  readonly identity: RunIdentity;
  /** A key of the stack's project, whose data accesses are logged. */
  readonly key: EncryptionKey;
  /** `projects/P/notificationChannels/N` */
  readonly notificationChannel: string;
}

const PRINCIPAL = 'EXTRACT(protoPayload.authenticationInfo.principalEmail)';

/**
 * Tells when anyone but the service decrypts, or tries to, with its key; an operator who does is told on too. The
 * metric keeps the count for longer than the logs are kept. The alert reads the logs themselves: one on the metric
 * cannot be made for up to ten minutes after the metric (terraform-provider-google issue 11102).
 */
export class DecryptAlert extends Construct {
  constructor(scope: Construct, id: string, props: DecryptAlertProps) {
    super(scope, id);
    const { serviceName, secretName, projectId: project } = props;
    const name = secretName === undefined ? serviceName : `${serviceName}-${secretName}`;
    const filter = decryptedByOthers(props);
    new LoggingMetric(this, 'metric', {
      project,
      name: `${name}-decrypted-by-others`,
      description: `Calls that decrypt with the key of ${name}, the service's own apart`,
      filter,
      metricDescriptor: {
        metricKind: 'DELTA',
        valueType: 'INT64',
        labels: [{ key: 'principal', valueType: 'STRING', description: 'Who called' }],
      },
      labelExtractors: { principal: PRINCIPAL },
    });
    new MonitoringAlertPolicy(this, 'alert', {
      project,
      displayName: `Somebody else decrypts with the key of ${name}`,
      combiner: 'OR',
      severity: 'CRITICAL',
      conditions: [
        {
          displayName: 'A call to decrypt that the service did not make',
          conditionMatchedLog: { filter, labelExtractors: { principal: PRINCIPAL } },
        },
      ],
      // Required of alerts on logs; five minutes is the shortest.
      alertStrategy: { notificationRateLimit: { period: '300s' } },
      notificationChannels: [props.notificationChannel],
      documentation: { content: documentation(props), mimeType: 'text/markdown' },
      userLabels: LABELS,
    });
  }
}

/**
 * The data access logs of Cloud KMS, https://cloud.google.com/kms/docs/audit-logging. Their method is `Decrypt`
 * with or without the name of the API before it; an entry without an email is somebody else's.
 */
function decryptedByOthers({ identity, key }: DecryptAlertProps): string {
  return [
    'protoPayload.serviceName="cloudkms.googleapis.com"',
    'protoPayload.methodName:"Decrypt"',
    `(protoPayload.resourceName="${key.keyId}" OR protoPayload.resourceName:"${key.keyId}/cryptoKeyVersions/")`,
    `NOT protoPayload.authenticationInfo.principalEmail="${identity.email}"`,
  ].join(' AND ');
}

function documentation({ serviceName, identity, key }: DecryptAlertProps): string {
  return [
    `The key \`${key.keyId}\` is for the service ${serviceName}, which runs as \`${identity.email}\`.`,
    'The principal in the label of this incident used it too, or tried to. If that was not an operator at work: take',
    'the permission away, change the credentials in the config, and rotate the key.',
  ].join(' ');
}
