import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1/index.js';
import { Construct } from 'constructs';

/** A namespace to make. */
export interface GkeNamespaceProps {
  /** A DNS label. */
  readonly name: string;
}

/**
 * A namespace in which the API server refuses every Pod that is not `restricted`. Who may create Pods in it runs as
 * any Kubernetes service account of it.
 */
export class GkeNamespace extends Construct {
  /** Its plain name. */
  readonly namespaceName: string;
  /** Its name as Terraform knows it once it is made. */
  readonly reference: string;

  constructor(scope: Construct, id: string, { name }: GkeNamespaceProps) {
    super(scope, id);
    const namespace = new NamespaceV1(this, 'Default', {
      metadata: {
        name,
        labels: {
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
        },
      },
    });
    this.namespaceName = name;
    this.reference = namespace.metadata.name;
  }
}
