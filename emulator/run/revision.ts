import { randomUUID } from 'node:crypto';
import type { MetadataServers } from '../metadata.ts';
import type { CloudState } from '../state.ts';
import { ConcurrencyLimit } from './concurrency.ts';
import type { Images } from './images.ts';
import { Instance } from './instance.ts';
import type { RevisionTemplate } from './knative.ts';
import type { StartupFailure } from './probes.ts';
import type { Reaper } from './reaper.ts';

/** A line that a container wrote, or that Cloud Run says of it. */
export interface ContainerLogEntry {
  readonly service: string;
  readonly revision: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly line: string;
}

/** What revisions need from the rest of the local cloud. */
export interface RunContext {
  readonly state: CloudState;
  readonly images: Images;
  readonly metadata: MetadataServers;
  readonly reaper: Reaper;
  /** Whether instances have CPU only while they answer, unless their template says otherwise. */
  readonly throttlesCpu: boolean;
  readonly onLog: (entry: ContainerLogEntry) => void;
}

/** Why a revision cannot serve, as the conditions of its service say it. */
export interface RevisionFailure {
  readonly reason: string;
  readonly message: string;
}

const CPU_THROTTLING = 'run.googleapis.com/cpu-throttling';

/** https://cloud.google.com/run/docs/about-concurrency */
const DEFAULT_CONCURRENCY = 80;

/** A revision and the one instance of it that runs. */
export class Revision {
  readonly name: string;
  readonly template: RevisionTemplate;
  readonly uid: string = randomUUID();
  /** RFC 3339. */
  readonly createTime: string;
  /** Whether an instance of it has come up. */
  isReady = false;
  /** Why the last attempt to start an instance came to nothing. */
  failure: RevisionFailure | undefined;
  /** How many requests it takes at a time. */
  readonly concurrency: ConcurrencyLimit;
  readonly #context: RunContext;
  readonly #service: string;
  readonly #retired = new AbortController();
  #instance: Promise<Instance | RevisionFailure> | undefined;

  constructor(context: RunContext, service: string, name: string, template: RevisionTemplate) {
    this.#context = context;
    this.#service = service;
    this.template = template;
    this.name = name;
    this.createTime = context.state.now().toISOString();
    this.concurrency = new ConcurrencyLimit(template.spec.containerConcurrency ?? DEFAULT_CONCURRENCY);
  }

  /** How long a request may take, in seconds. */
  get timeoutSeconds(): number {
    return this.template.spec.timeoutSeconds ?? 300;
  }

  /** The running instance. Where none runs, as after a crash, one is started: a cold start. */
  instance(): Promise<Instance | RevisionFailure> {
    this.#instance ??= this.#start().then((outcome) => {
      this.isReady ||= outcome instanceof Instance;
      this.failure = outcome instanceof Instance ? undefined : outcome;
      return outcome;
    });
    return this.#instance;
  }

  /** Stops the instance, also one that is still starting, and returns when its process has gone. */
  async retire(): Promise<void> {
    this.#retired.abort();
    const instance = await this.#instance;
    if (instance instanceof Instance) await instance.stop();
  }

  async #start(): Promise<Instance | RevisionFailure> {
    const [container] = this.template.spec.containers;
    const image = this.#context.images.resolve(container.image);
    if (!image) return this.#failure('ContainerMissing', `Image '${container.image}' not found.`);
    const unsafe = 'command' in image ? variablesThatRunCode(container) : [];
    if (unsafe.length > 0) {
      return this.#failure(
        'ContainerEnvironmentRefused',
        `The local cloud runs this image as a process of this machine, where ${unsafe.join(', ')} would choose what is run. Leave them out, or run a container.`,
      );
    }
    const log = { service: this.#service, revision: this.name };
    const started = await Instance.start({
      image,
      environment: await this.#environment(),
      container,
      reaper: this.#context.reaper,
      isThrottled:
        this.#context.throttlesCpu && this.template.metadata?.annotations?.[CPU_THROTTLING] !== 'false',
      signal: this.#retired.signal,
      onLine: (line, stream) => this.#context.onLog({ ...log, stream, line }),
    });
    const gone = () => {
      this.#instance = undefined;
    };
    if (started instanceof Instance) {
      void started.exited.then(gone);
      return started;
    }
    gone();
    return this.#failure('HealthCheckContainerError', this.#startupMessage(started));
  }

  /** Exactly what Cloud Run gives a container, PORT apart: nothing of this process's own environment. */
  async #environment(): Promise<Record<string, string>> {
    const { spec } = this.template;
    const [container] = spec.containers;
    const { projectNumber } = this.#context.state.project;
    const email = spec.serviceAccountName ?? `${projectNumber}-compute@developer.gserviceaccount.com`;
    const configured = (container.env ?? []).map(({ name, value = '' }) => [name, value]);
    return {
      ...Object.fromEntries(configured),
      K_SERVICE: this.#service,
      K_REVISION: this.name,
      K_CONFIGURATION: this.#service,
      GCE_METADATA_HOST: await this.#context.metadata.addressFor(email),
      METADATA_SERVER_DETECTION: 'assume-present',
    };
  }

  #startupMessage(failure: StartupFailure): string {
    const [container] = this.template.spec.containers;
    const port = container.ports?.[0]?.containerPort ?? 8080;
    const what =
      failure === 'probe'
        ? 'The user-provided container failed the configured startup probe checks.'
        : `The user-provided container failed to start and listen on the port defined provided by the PORT=${port} environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended.`;
    const { projectId } = this.#context.state.project;
    const logs = `https://console.cloud.google.com/logs/viewer?project=${projectId}&resource=cloud_run_revision/service_name/${this.#service}/revision_name/${this.name}`;
    return `${what} Logs for this revision might contain more information.\n\nLogs URL: ${logs}\nFor more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start`;
  }

  #failure(reason: string, message: string): RevisionFailure {
    return { reason, message: `Revision '${this.name}' is not ready and cannot serve traffic. ${message}` };
  }
}

/** Variables by which a program, or what starts it, is made to run other code: loaders, interpreters, shells. */
const RUNS_CODE =
  /^(NODE_(?!ENV$).*|LD_.*|DYLD_.*|NPM_.*|PYTHON.*|PERL.*|RUBY.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|DOTNET_.*|CORECLR_.*|BASH_ENV|ENV|IFS|SHELL|PATH|PATHEXT|COMSPEC|GCONV_PATH|OPENSSL_.*|GIT_.*)$/i;

function variablesThatRunCode({ env = [] }: RevisionTemplate['spec']['containers'][0]): string[] {
  return env.map(({ name }) => name).filter((name) => RUNS_CODE.test(name));
}
