/** The port that Cloud Run sends requests to, and the container's PORT variable. */
export const CONTAINER_PORT = 8080;

/**
 * Asks whether the config was read and decrypted. Every second, so that a cold start is not held up, for
 * 240 seconds: the longest that Cloud Run waits, because a new IAM grant takes about two minutes to
 * arrive and the service retries until it does.
 * https://cloud.google.com/run/docs/configuring/healthchecks
 */
export const startupProbe = {
  httpGet: { path: '/health/startup', port: CONTAINER_PORT },
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 240,
} as const;

/** Asks whether Kubernetes may send requests to the Pod: not while its secret is too old, nor while it stops. */
export const readinessProbe = {
  httpGet: { path: '/health/ready', port: CONTAINER_PORT },
  periodSeconds: 5,
  timeoutSeconds: 2,
  failureThreshold: 2,
} as const;

/** Asks whether the process still answers; three silences in a row restart the instance. */
export const livenessProbe = {
  httpGet: { path: '/health/live', port: CONTAINER_PORT },
  periodSeconds: 10,
  timeoutSeconds: 2,
  failureThreshold: 3,
} as const;
