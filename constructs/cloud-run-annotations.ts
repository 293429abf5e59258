/** Who can reach a service at all, before IAM is asked: Cloud Run's ingress setting. */
export type Ingress = 'all' | 'internal' | 'internal-and-cloud-load-balancing';

/**
 * Annotations of a Knative service,
 * https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services#ObjectMeta.
 */
export function serviceAnnotations(props: { readonly ingress: Ingress }): Record<string, string> {
  return { 'run.googleapis.com/ingress': props.ingress };
}

/**
 * Annotations of a revision,
 * https://cloud.google.com/run/docs/reference/rest/v1/RevisionTemplate. All are always written: one that is
 * missing is filled in by Cloud Run and shows up as a change in the next plan.
 */
export function revisionAnnotations(props: {
  readonly minInstances: number;
  readonly maxInstances: number;
}): Record<string, string> {
  return {
    'autoscaling.knative.dev/minScale': String(props.minInstances),
    'autoscaling.knative.dev/maxScale': String(props.maxInstances),
    'run.googleapis.com/execution-environment': 'gen2',
    'run.googleapis.com/startup-cpu-boost': 'true',
  };
}
