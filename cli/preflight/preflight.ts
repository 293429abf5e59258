import { type Finding, lookAt } from '../checks/check.ts';
import type { Need, Preflight } from './context.ts';
import { imageThere } from './image.ts';
import {
  apisOn,
  billing,
  domainPolicy,
  locationPolicy,
  permissions,
  projectThere,
  quotaProject,
  uniformAccess,
} from './project.ts';

/** What has to be there before anything is planned. */
const NEEDS: readonly Need[] = [
  quotaProject,
  projectThere,
  billing,
  apisOn,
  permissions,
  domainPolicy,
  locationPolicy,
  uniformAccess,
];

/** Looks at everything that a deployment needs, at once. Who cannot tell says so: not proven is not holding. */
export function lookBefore(preflight: Preflight): Promise<Finding[]> {
  return Promise.all([...NEEDS, imageThere].map(({ name, look }) => lookAt(name, () => look(preflight))));
}

/** The same without the image: the first deployment makes the repository that it is pushed to. */
export function lookBeforePlanning(preflight: Preflight): Promise<Finding[]> {
  return Promise.all(NEEDS.map(({ name, look }) => lookAt(name, () => look(preflight))));
}
