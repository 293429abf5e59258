import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../io.ts';

/** A list of settings, as cdktf.json or a variable has it; whether it is a valid one, the settings say. */
type List = readonly Readonly<Record<string, unknown>>[];

/**
 * Variables by which every ciphertext that a deployment uploads is in one folder, whatever the settings say: so that
 * no ciphertext of the real Google Cloud is touched.
 *
 * @param folder from the project's folder
 */
export function encryptedFilesIn(
  folder: string,
  projectDirectory: string,
  environment: Environment,
): Record<string, string> {
  const services = listOf('services', environment.GCP_SERVICES, projectDirectory, environment);
  const secrets = listOf('secrets', environment.GCP_SECRETS, projectDirectory, environment);
  const fileOf = (name: string) => path.join(folder, `${name}.enc`);
  const relocated = (list: List, prefix: string) =>
    list.map((secret) => ({ ...secret, encryptedFile: fileOf(`${prefix}${secret.name}`) }));
  if (!services) {
    return {
      ENCRYPTED_CONFIG_FILE: fileOf('config'),
      ...(secrets && { GCP_SECRETS: JSON.stringify(relocated(secrets, '')) }),
    };
  }
  const moved = services.map((service) => ({
    ...service,
    encryptedConfigFile: fileOf(String(service.name)),
    ...(isList(service.secrets) && { secrets: relocated(service.secrets, `${service.name}-`) }),
  }));
  return { GCP_SERVICES: JSON.stringify(moved) };
}

/** Of the variable, else of the chosen environment, else of the context itself. */
function listOf(
  name: string,
  variable: string | undefined,
  projectDirectory: string,
  { GCP_ENVIRONMENT: chosen = '' }: Environment,
): List | undefined {
  try {
    if (variable) return asList(JSON.parse(variable));
    const { context = {} } = JSON.parse(readFileSync(path.join(projectDirectory, 'cdktf.json'), 'utf8'));
    return asList(context.environments?.[chosen]?.[name] ?? context[name]);
  } catch {
    return undefined; // the settings say what is wrong with it
  }
}

function asList(value: unknown): List | undefined {
  return isList(value) ? value : undefined;
}

function isList(value: unknown): value is List {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'object' && entry !== null);
}
