import { GoogleApiError } from '../http/errors.ts';

// https://cloud.google.com/storage/docs/locations
const MULTI_REGIONS = ['US', 'EU', 'ASIA'];
const DUAL_REGIONS = ['NAM4', 'EUR4', 'EUR5', 'EUR7', 'EUR8', 'ASIA1'];
const REGION = /^[A-Z]+-[A-Z]+\d+$/;

/** Where a bucket keeps its data. */
export interface BucketLocation {
  /** In upper case, e.g. `US-CENTRAL1`. */
  readonly location: string;
  readonly locationType: 'region' | 'dual-region' | 'multi-region';
}

/**
 * Reads a location as a client writes it.
 * @param location any case; `US` if undefined
 * @param isConfigurable whether the client names the two regions of a dual-region itself (customPlacementConfig)
 * @throws GoogleApiError INVALID_ARGUMENT for what is no location
 */
export function bucketLocation(location: unknown, isConfigurable: boolean): BucketLocation {
  const name = location === undefined ? 'US' : String(location).toUpperCase();
  if (DUAL_REGIONS.includes(name)) return { location: name, locationType: 'dual-region' };
  if (MULTI_REGIONS.includes(name)) {
    return { location: name, locationType: isConfigurable ? 'dual-region' : 'multi-region' };
  }
  if (REGION.test(name)) return { location: name, locationType: 'region' };
  throw new GoogleApiError('INVALID_ARGUMENT', 'The specified location constraint is not valid.');
}
