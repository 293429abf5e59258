import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Fault, Faults } from '../faults.ts';
import { GoogleApiError } from '../http/errors.ts';
import { type CloudState, projectResource, requirePermission } from '../state.ts';
import { EFFECTS } from './effects.ts';
import { REFUSALS } from './refusals.ts';

/**
 * The faults over HTTP, for whoever owns the project: `POST /local/v1/faults` adds one, `GET` lists them, `DELETE`
 * takes all away or `/local/v1/faults/ID` one; `PUT /local/v1/clock` with `{ "offsetSeconds": 3600 }` sets the clock.
 */
export function faultsApi(state: CloudState, faults: Faults) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request) => {
      const project = projectResource(state.project.projectId);
      requirePermission(state, request, 'resourcemanager.projects.setIamPolicy', project);
    });
    app.post('/local/v1/faults', async (request) => ({ id: faults.add(parseFault(request)) }));
    app.get('/local/v1/faults', async () => ({ faults: faults.list() }));
    app.delete('/local/v1/faults', async () => {
      faults.clear();
      return {};
    });
    app.delete<{ Params: { id: string } }>('/local/v1/faults/:id', async ({ params: { id } }) => {
      if (!faults.remove(id)) throw new GoogleApiError('NOT_FOUND', `There is no fault ${id}.`);
      return {};
    });
    app.put<{ Body: { offsetSeconds?: unknown } | undefined }>('/local/v1/clock', async ({ body }) => {
      if (typeof body?.offsetSeconds !== 'number') throw invalid('offsetSeconds must be a number');
      faults.clockOffsetSeconds = body.offsetSeconds;
      return { now: state.now().toISOString() };
    });
  };
}

function parseFault({ body }: FastifyRequest): Fault {
  const fault = (body ?? {}) as Partial<Record<keyof Fault, unknown>>;
  const effect = (fault.effect ?? {}) as Record<string, unknown>;
  const fields = Object.entries(EFFECTS).find(([kind]) => kind === effect.kind)?.[1];
  const kinds = Object.keys(EFFECTS).join(', ');
  const problems = [
    ...wrongType(fault, ['name', 'method', 'path', 'query', 'member'], 'string'),
    ...wrongType(fault, ['probability', 'skip', 'times'], 'number'),
    ...(fields ? [] : [`effect.kind must be one of ${kinds}`]),
    ...(fields ?? []).filter((field) => !(field in effect)).map((field) => `effect.${field} is missing`),
    ...effectProblems(effect),
  ];
  if (problems.length > 0) throw invalid(problems.join('; '));
  return fault as Fault;
}

/** What of an effect's values no answer could be made with. */
function effectProblems({ status, milliseconds, message, of, refusal }: Record<string, unknown>): string[] {
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;
  const isDelay = typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds <= 2 ** 31 - 1;
  return [
    ...(status === undefined || isStatus ? [] : ['effect.status must be a whole number from 200 to 599']),
    ...(refusal === undefined || Object.hasOwn(REFUSALS, String(refusal))
      ? []
      : [`effect.refusal must be one of ${Object.keys(REFUSALS).join(', ')}`]),
    ...(milliseconds === undefined || isDelay
      ? []
      : ['effect.milliseconds must be a number from 0 to 2147483647']),
    ...(message === undefined || typeof message === 'string' ? [] : ['effect.message must be a string']),
    ...(of === undefined || of === 'request' || of === 'response'
      ? []
      : ['effect.of must be request or response']),
  ];
}

function wrongType(fault: Record<string, unknown>, names: readonly string[], type: string): string[] {
  return names
    .filter((name) => fault[name] !== undefined && typeof fault[name] !== type)
    .map((name) => `${name} must be a ${type}`);
}

function invalid(problems: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', `Invalid fault: ${problems}.`);
}
