import { problemOf, type RawSetting } from './raw-settings.ts';
import type { ServiceScope } from './service-scope.ts';
import type { SettingsProblem } from './settings-error.ts';
import { valuesOf } from './values.ts';

interface Caller {
  readonly name: string;
  readonly calls: readonly string[];
  readonly raw: RawSetting | undefined;
}

/** A problem for every call that leads nowhere, or around in a circle. */
export function callProblems(services: readonly ServiceScope[]): SettingsProblem[] {
  const callers = services.map(({ scope }): Caller => {
    const { serviceName: name, calls } = valuesOf(scope);
    // What is no list is a problem already.
    return { name, calls: Array.isArray(calls) ? calls : [], raw: scope.raw.calls };
  });
  if (!callers.some(({ raw }) => raw)) return [];
  const names = new Set(callers.map(({ name }) => name));
  return callers.flatMap((caller, index) => {
    const { raw, name, calls } = caller;
    if (!raw) return [];
    const unknown = calls.filter((called) => !names.has(called) || called === name);
    if (unknown.length > 0) {
      const others = [...names].filter((other) => other !== name).join(', ') || 'there is none';
      return [problemOf(raw, `names of the other services of the list: ${others}`)];
    }
    const circle = circleFrom(name, callers, [name]);
    // A circle is said once, of its first service in the list.
    if (!circle || circle.some((other) => callers.findIndex((one) => one.name === other) < index)) return [];
    const allowed = `no circle (${circle.join(' → ')}): Terraform has to make the called service before its caller`;
    return [problemOf(raw, allowed, 'remove one of these calls; let one side find the other at run time')];
  });
}

function circleFrom(
  start: string,
  callers: readonly Caller[],
  path: readonly string[],
): string[] | undefined {
  for (const called of callers.find(({ name }) => name === path.at(-1))?.calls ?? []) {
    if (called === start) return [...path, called];
    const circle = path.includes(called) ? undefined : circleFrom(start, callers, [...path, called]);
    if (circle) return circle;
  }
  return undefined;
}
