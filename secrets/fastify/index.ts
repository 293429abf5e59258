/** Secrets for a Fastify app. */
export { default } from './secret.ts';
