import type { Plugin } from 'esbuild';

/**
 * What the Cloud KMS client takes from google-gax, without gRPC: the service speaks REST (`fallback: true`), and
 * loading gRPC takes a good part of a start. google-gax offers its REST half apart, as `google-gax/fallback`, but the
 * client imports the whole.
 */
export const GAX_WITHOUT_GRPC = {
  fallback: "require('./fallback.js')",
  loggingUtils: "require('google-logging-utils')",
  decodeAnyProtosInArray: "require('./util.js').decodeAnyProtosInArray",
} as const;

/** Puts {@link GAX_WITHOUT_GRPC} in the place of google-gax's own index. */
export const gaxWithoutGrpc: Plugin = {
  name: 'gax-without-grpc',
  setup({ onLoad }) {
    const members = Object.entries(GAX_WITHOUT_GRPC).map(([name, value]) => `${name}: ${value}`);
    const contents = `module.exports = { ${members.join(', ')} };`;
    onLoad({ filter: /[\\/]google-gax[\\/]build[\\/]src[\\/]index\.js$/ }, () => ({ contents }));
  },
};
