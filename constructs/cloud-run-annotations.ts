/** Who can reach a service at all, before IAM is asked: Cloud Run's ingress setting. */
export type Ingress = 'all' | 'internal' | 'internal-and-cloud-load-balancing';

/** The VPC network that a service sends traffic through. */
export interface VpcEgress {
  /** A subnetwork of the service's region; with its full name when the network is shared. */
  readonly subnetwork: string;
  /** `private-ranges-only` leaves calls to Google and the internet on their usual way. */
  readonly traffic: 'all-traffic' | 'private-ranges-only';
}

/**
 * Annotations of a Knative service,
 * https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services#ObjectMeta.
 */
export function serviceAnnotations(props: {
  readonly ingress: Ingress;
  readonly binaryAuthorization?: string;
}): Record<string, string> {
  return {
    'run.googleapis.com/ingress': props.ingress,
    ...(props.binaryAuthorization && {
      'run.googleapis.com/binary-authorization': props.binaryAuthorization,
    }),
  };
}

/**
 * Annotations of a revision,
 * https://cloud.google.com/run/docs/reference/rest/v1/RevisionTemplate. All are always written, those of a VPC
 * network apart: one that is missing is filled in by Cloud Run and shows up as a change in the next plan.
 */
export function revisionAnnotations(props: {
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly vpcEgress?: VpcEgress;
}): Record<string, string> {
  return {
    'autoscaling.knative.dev/minScale': String(props.minInstances),
    'autoscaling.knative.dev/maxScale': String(props.maxInstances),
    'run.googleapis.com/execution-environment': 'gen2',
    'run.googleapis.com/startup-cpu-boost': 'true',
    ...(props.vpcEgress && vpcAnnotations(props.vpcEgress)),
  };
}

/** Direct VPC egress, https://cloud.google.com/run/docs/configuring/vpc-direct-vpc: without a connector of its own. */
function vpcAnnotations({ subnetwork, traffic }: VpcEgress): Record<string, string> {
  return {
    'run.googleapis.com/network-interfaces': JSON.stringify([{ subnetwork }]),
    'run.googleapis.com/vpc-access-egress': traffic,
  };
}
