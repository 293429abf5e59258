import { MonitoringAlertPolicy } from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';
import { Construct } from 'constructs';
import { LABELS } from './labels.ts';

/** Of which service, and who is told. */
export interface OverdueAlertProps {
  readonly serviceName: string;
  /** @default the provider's project */
  readonly projectId?: string;
  /** `projects/P/notificationChannels/N` */
  readonly notificationChannel: string;
}

/**
 * Tells when a value is older than the `x-max-age` of its schema: a rotation is overdue. Matches the line that each
 * instance of the service logs once a day as long as that is so; at most one notice a day.
 */
export class OverdueAlert extends Construct {
  constructor(scope: Construct, id: string, props: OverdueAlertProps) {
    super(scope, id);
    const { serviceName, projectId: project } = props;
    const filter = [
      'resource.type="cloud_run_revision"',
      `resource.labels.service_name="${serviceName}"`,
      'jsonPayload.overdueValue:*',
    ].join(' AND ');
    new MonitoringAlertPolicy(this, 'alert', {
      project,
      displayName: `A secret of ${serviceName} is overdue`,
      combiner: 'OR',
      severity: 'WARNING',
      conditions: [
        {
          displayName: 'A value is older than its schema allows',
          conditionMatchedLog: {
            filter,
            labelExtractors: { value: 'EXTRACT(jsonPayload.overdueValue)' },
          },
        },
      ],
      alertStrategy: { notificationRateLimit: { period: '86400s' } },
      notificationChannels: [props.notificationChannel],
      documentation: {
        content: `Change the value that the label names: \`npx cloud-run-identity rotate\` or \`set\`, then \`npx cloud-run-identity verify\`.`,
        mimeType: 'text/markdown',
      },
      userLabels: LABELS,
    });
  }
}
