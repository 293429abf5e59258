import { HorizontalPodAutoscalerV2 } from '@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2/index.js';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js';
import type { Construct } from 'constructs';
import type { WorkloadMetadata } from './network-policy.ts';

/** At which share of its requested CPU, in percent, a Pod has company. */
const TARGET_UTILIZATION = 70;

/** As many Pods as the load asks for, and never more than one of them away on purpose. */
export function addAvailability(
  scope: Construct,
  metadata: WorkloadMetadata,
  { minReplicas, maxReplicas }: { readonly minReplicas: number; readonly maxReplicas: number },
): void {
  new HorizontalPodAutoscalerV2(scope, 'autoscaler', {
    metadata,
    spec: {
      minReplicas,
      maxReplicas,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name },
      metric: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            target: { type: 'Utilization', averageUtilization: TARGET_UTILIZATION },
          },
        },
      ],
    },
  });
  new PodDisruptionBudgetV1(scope, 'disruption-budget', {
    metadata,
    spec: { maxUnavailable: '1', selector: { matchLabels: metadata.labels } },
  });
}
