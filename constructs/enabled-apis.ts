import { ProjectService } from '@cdktf/provider-google/lib/project-service/index.js';
import { Construct } from 'constructs';

/** The APIs that both stacks call; their resources wait for the one that they need. */
const APIS = ['artifactregistry', 'cloudkms', 'iam', 'run', 'storage'] as const;

/** APIs that only some settings need. */
export type OptionalApi =
  | 'binaryauthorization'
  | 'cloudbuild'
  | 'compute'
  | 'iamcredentials'
  | 'logging'
  | 'monitoring';

type Api = (typeof APIS)[number];

/** What to turn on besides. */
export interface EnabledApisProps {
  readonly projectId: string;
  /** @default none */
  readonly optional?: readonly OptionalApi[];
}

/** Turns on the Google APIs of a project. They stay on afterwards: others may have come to need them. */
export class EnabledApis extends Construct {
  readonly #services: Readonly<Record<Api, ProjectService>>;

  constructor(scope: Construct, id: string, props: EnabledApisProps) {
    super(scope, id);
    const enable = (api: Api | OptionalApi) =>
      new ProjectService(this, api, {
        project: props.projectId,
        service: `${api}.googleapis.com`,
        disableOnDestroy: false,
      });
    this.#services = Object.fromEntries(APIS.map((api) => [api, enable(api)])) as Record<Api, ProjectService>;
    for (const api of props.optional ?? []) enable(api);
  }

  /** The API as something to depend on. */
  api(name: Api): ProjectService {
    return this.#services[name];
  }
}
