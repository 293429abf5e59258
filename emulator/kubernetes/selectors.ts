import { KubernetesError } from './errors.ts';
import type { Fields, KubernetesObject } from './objects.ts';

type Test = (object: KubernetesObject) => boolean;

/**
 * Which objects a list or a watch is about, by `labelSelector` and `fieldSelector`.
 * @throws KubernetesError BadRequest for what is no selector
 */
export function selected(query: { labelSelector?: string; fieldSelector?: string }): Test {
  const labels = parseLabels(query.labelSelector ?? '');
  const fields = parseFields(query.fieldSelector ?? '');
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

/** Whether labels satisfy the selector of a workload: matchLabels and matchExpressions. */
export function matchesSelector(selector: Fields, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    (matchExpressions as Fields[]).every(({ key, operator, values = [] }) =>
      holds(labels, key, operator.toLowerCase(), values),
    )
  );
}

function holds(labels: Record<string, string>, key: string, operator: string, values: string[]): boolean {
  const value = labels[key];
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}

/** `app=x,tier!=y,zone in (a, b),z,!w` */
function parseLabels(text: string): (labels: Record<string, string>) => boolean {
  const parts = text.match(/[^,(]+(\([^)]*\))?/g) ?? [];
  const tests = parts.map((part) => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(part);
    if (set) {
      const values = (set[3] ?? '').split(',').map((value) => value.trim());
      return (labels: Record<string, string>) => holds(labels, set[1] ?? '', set[2] ?? '', values);
    }
    const equality = /^\s*([^\s=!]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(part);
    if (equality) {
      const operator = equality[2] === '!=' ? 'notin' : 'in';
      return (labels: Record<string, string>) =>
        holds(labels, equality[1] ?? '', operator, [equality[3] ?? '']);
    }
    const existence = /^\s*(!?)\s*([^\s=!]+)\s*$/.exec(part);
    if (!existence) throw new KubernetesError('BadRequest', `unable to parse requirement: ${part}`);
    const operator = existence[1] === '!' ? 'doesnotexist' : 'exists';
    return (labels: Record<string, string>) => holds(labels, existence[2] ?? '', operator, []);
  });
  return (labels) => tests.every((test) => test(labels));
}

/** `metadata.name=x,involvedObject.uid=y` */
function parseFields(text: string): Test {
  const tests = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, path = '', operator, value] = /^([\w.]+)(==|=|!=)(.*)$/.exec(part) ?? [];
      if (!operator)
        throw new KubernetesError('BadRequest', `invalid selector: '${part}'; can't understand '${part}'`);
      return (object: Fields) => {
        const found = path.split('.').reduce<unknown>((inner, name) => (inner as Fields)?.[name], object);
        return (String(found ?? '') === value) === (operator !== '!=');
      };
    });
  return (object) => tests.every((test) => test(object));
}
