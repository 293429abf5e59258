import type { ReviewedBlock } from '../facts/resources.ts';
import { isUnderstood } from '../facts/understood.ts';
import { written } from '../terraform/values.ts';
import type { DeploymentPolicy, Violation } from './policy.ts';
import type { ReviewedApp } from './reviewed-app.ts';

/** What the review has to know before anything else that it says is worth something. */
export const worldPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'world-known',
    severity: 'error',
    reason: 'What nobody can tell before the deployment may be anything, everyone among the members for one.',
    fix: 'Write the value down, or review the plan, in which Terraform has worked it out.',
    violations: ({ facts, stacks }) => [
      ...facts.unknown.map((at) => ({ at, found: `${at.argument} is unknown: ${at.text} (${at.why})` })),
      ...stacks.flatMap(unreadable),
    ],
  },
  {
    id: 'world-understood',
    severity: 'warning',
    reason: 'What is not understood may give access that no line of this report shows.',
    fix: 'Look at it yourself, and take it out or have it understood.',
    violations: ({ facts }) => facts.notReviewed.map((at) => ({ at, found: at.why.replace(/\.$/, '') })),
  },
  {
    id: 'world-runs-nothing',
    severity: 'error',
    reason: 'A command that Terraform runs does whatever the person or pipeline that deploys may do.',
    fix: 'Run it in a step of the pipeline of its own, where reviewers see it.',
    violations: ({ blocks }) => blocks.flatMap(commands),
  },
  {
    id: 'world-secrets-apart',
    severity: 'error',
    reason: 'What runs as the identity of a service, or uses its key or bucket, may read its secret.',
    fix: 'Give it an identity, a key and a bucket of its own, or take it out of these stacks.',
    violations: (app) => {
      const names = secretNames(app);
      return app.resources
        .filter((resource) => !isUnderstood(resource))
        .flatMap((resource) => {
          const text = JSON.stringify(written(resource.known));
          const used = names.filter((name) => text.includes(name));
          return used.length > 0
            ? [{ at: resource, found: `${resource.type} names ${used.join(', ')}` }]
            : [];
        });
    },
  },
];

/** A file or a module whose content decides, and is not there. */
function unreadable(stack: ReviewedApp['stacks'][number]): Violation[] {
  const modules = stack.blocks.filter(({ kind }) => kind === 'module');
  return [
    ...stack.scope.source.problems.map(({ line, why }) => ({
      at: { stack: stack.id, address: `line ${line}`, path: stack.id },
      found: why.replace(/\.$/, ''),
    })),
    ...modules.map((at) => ({
      at,
      found: `what the module ${String(at.known.source)} makes is not in the stack`,
    })),
  ];
}

function commands(block: ReviewedBlock): Violation[] {
  const { provisioner } = block.known;
  const found = [
    ...(provisioner === undefined ? [] : ['a provisioner runs commands during the deployment']),
    ...(/^data\.(?:external|http)\b/.test(block.address)
      ? [`${block.address} runs a program or asks a server during the plan`]
      : []),
  ];
  return found.map((text) => ({ at: block, found: text }));
}

/** Names by which something would use what belongs to a secret. */
function secretNames({ facts, identities }: ReviewedApp): string[] {
  const accounts = [...identities].map((identity) => identity.replace('serviceAccount:', ''));
  const secrets = facts.secrets.flatMap(({ object, key }) => [
    key,
    object.split('/objects/')[0]?.split('/').at(-1) ?? key,
  ]);
  return [...new Set([...accounts, ...secrets])].filter((name) => name.length > 2);
}
