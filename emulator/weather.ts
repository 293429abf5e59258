/** How Google may be to its clients: as one would like it, or as it can be. */
export type Weather = 'kind' | 'unkind';

/** What a metadata server does with one of the first requests: answers a second late, or with this status. */
export type MetadataTrouble = 'slow' | 404 | 500;

/**
 * What is unkind about unkind weather, each an option of its own. The seconds are few, so that tests end; Google's are
 * minutes.
 */
export const UNKIND = {
  policyPropagationSeconds: 1,
  keyPropagationSeconds: 1,
  serviceActivationSeconds: 1,
  metadataTroubles: ['slow', 404, 500],
  throttlesCpu: true,
  userTokensNameAudience: false,
  organizationAdmin: 'user:organization-admin@example.com',
} as const;

/** The options with what the weather makes of those that are not given. */
export function inWeather<Options extends { readonly weather?: Weather }>(options: Options): Options {
  return options.weather === 'unkind' ? { ...UNKIND, ...options } : options;
}
