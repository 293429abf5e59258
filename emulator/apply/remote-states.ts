import path from 'node:path';

type Json = Readonly<Record<string, unknown>>;

/** What references to another stack's outputs begin with; the name of the data source follows. */
export const REMOTE_STATE = 'data.terraform_remote_state.';

/**
 * The stacks whose outputs a stack reads, by the address of the data source that it reads them through. cdktf names
 * that after the stack, whatever backend the state has; one that was written by hand has the name of its state file
 * (`terraform.STACK.tfstate`).
 */
export function statesOf(stack: Json): ReadonlyMap<string, string> {
  const { terraform_remote_state: sources = {} } = (stack.data ?? {}) as {
    terraform_remote_state?: Record<string, Json>;
  };
  return new Map(
    Object.entries(sources).map(([name, { config }]) => {
      const [, byName] = /^cross-stack-reference-input-(.+)$/.exec(name) ?? [];
      const file = (config as { path?: unknown } | undefined)?.path;
      const [, byFile] = /^terraform\.(.+)\.tfstate$/.exec(path.basename(String(file))) ?? [];
      return [REMOTE_STATE + name, byName ?? byFile ?? name];
    }),
  );
}
