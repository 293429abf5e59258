/** A stage of a Dockerfile, as far as it is needed here. */
export interface Stage {
  /** After AS; undefined where there is none. */
  readonly name: string | undefined;
  /** What ENV sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** What RUN runs, where it is a list. */
  readonly commands: readonly (readonly string[])[];
  /** ENTRYPOINT, where it is a list. */
  readonly entrypoint: readonly string[] | undefined;
}

/** The stages of a Dockerfile (https://docs.docker.com/reference/dockerfile/#format), in their order. */
export function stagesOf(dockerfile: string): Stage[] {
  const instructions = dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => /^(\w+) (.*)$/.exec(line)?.slice(1) as [string, string] | undefined)
    .filter((instruction) => instruction !== undefined);
  const begins = instructions.flatMap(([name], index) => (name === 'FROM' ? [index] : []));
  return begins.map((begin, index) => stageOf(instructions.slice(begin, begins[index + 1])));
}

function stageOf(instructions: readonly (readonly [string, string])[]): Stage {
  const of = (name: string) => instructions.filter(([each]) => each === name).map(([, value]) => value);
  const variables = of('ENV').flatMap((value) => [...value.matchAll(/(\w+)=(\S+)/g)]);
  const lists = (name: string) =>
    of(name)
      .filter((value) => value.startsWith('['))
      .map((value) => JSON.parse(value) as string[]);
  return {
    name: / AS (\S+)$/i.exec(of('FROM')[0] ?? '')?.[1],
    environment: Object.fromEntries(variables.map(([, name, value]) => [name, value])),
    commands: lists('RUN'),
    entrypoint: lists('ENTRYPOINT').at(-1),
  };
}
