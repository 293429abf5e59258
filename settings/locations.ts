import { nearest } from './nearest.ts';
import { problemOf } from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import { type Scope, textOf } from './values.ts';

/** Regions of Google Cloud, https://cloud.google.com/about/locations; Cloud Run, Cloud Storage and GKE have them all. */
const REGIONS = [
  ...['africa-south1', 'asia-east1', 'asia-east2', 'asia-northeast1', 'asia-northeast2', 'asia-northeast3'],
  ...['asia-south1', 'asia-south2', 'asia-southeast1', 'asia-southeast2', 'asia-southeast3'],
  ...['australia-southeast1', 'australia-southeast2', 'europe-central2', 'europe-north1', 'europe-north2'],
  ...['europe-southwest1', 'europe-west1', 'europe-west2', 'europe-west3', 'europe-west4', 'europe-west6'],
  ...['europe-west8', 'europe-west9', 'europe-west10', 'europe-west12', 'me-central1', 'me-central2'],
  ...['me-west1', 'northamerica-northeast1', 'northamerica-northeast2', 'northamerica-south1'],
  ...['southamerica-east1', 'southamerica-west1', 'us-central1', 'us-east1', 'us-east4', 'us-east5'],
  ...['us-south1', 'us-west1', 'us-west2', 'us-west3', 'us-west4'],
] as const;

/**
 * Where Cloud KMS has keys, https://cloud.google.com/kms/docs/locations: besides the regions, global and
 * several regions at once.
 */
const KEY_LOCATIONS = [
  ...['global', 'us', 'europe', 'asia', 'ca', 'au', 'in', 'de', 'it', 'asia1', 'nam-eur-asia1'],
  ...['eur3', 'eur4', 'eur5', 'eur6', 'eur7', 'eur8', 'nam3', 'nam4', 'nam6', 'nam7', 'nam8', 'nam9'],
  ...['nam10', 'nam11', 'nam12', 'nam13', 'nam14', 'nam15', 'nam16'],
  ...REGIONS,
];

/** Settings that name a location, what there is, and where it stands in the value. */
const NAMED: readonly (readonly [setting: string, known: readonly string[], place: RegExp])[] = [
  ['region', REGIONS, /^(.+)$/],
  ['keyLocation', KEY_LOCATIONS, /^(.+)$/],
  ['keyId', KEY_LOCATIONS, /\/locations\/([^/]+)\//],
  // A zone is a region and a letter.
  ['cluster', REGIONS, /\/locations\/([a-z]+-[a-z]+\d+)/],
];

/** A problem for each location that Google does not have: it would be noticed when half of a deployment is there. */
export function locationProblems(scope: Scope, newer: readonly string[] = []): SettingsProblem[] {
  return NAMED.flatMap(([name, known, place]) => {
    const found = Object.hasOwn(scope.table, name) ? scope.raw[name] : undefined;
    // What breaks the rule of its setting is a problem already.
    if (found?.value === undefined || !scope.table[name]?.rule.accepts(found.value)) return [];
    const location = place.exec(textOf(scope, name) ?? '')?.[1] ?? '';
    if (known.includes(location) || newer.includes(location)) return [];
    const meant = found.value.replace(location, nearest(location, known));
    const fix = `write ${meant} if that was meant; or, if ${location} is newer than this program, add it to "newLocations" in the context of cdktf.json, or set GCP_NEW_LOCATIONS='["${location}"]'`;
    const page = known === REGIONS ? 'about/locations' : 'kms/docs/locations';
    return [problemOf(found, `a location that Google has (https://cloud.google.com/${page})`, fix)];
  });
}
