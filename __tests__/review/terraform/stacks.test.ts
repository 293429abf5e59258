import { expect, test } from 'vitest';
import { one, reviewJson } from '../support.ts';

const expression = (text: string) => `\${${text}}`;

const provider = { google: { project: 'my-project' } };
const grant = (member: string, more: Record<string, unknown> = {}) => ({
  google_storage_bucket_iam_member: {
    grant: { bucket: 'b', role: 'roles/storage.objectViewer', member, ...more },
  },
});

/** Who is granted something by one stack. */
function principals(json: Record<string, unknown>): string[] {
  return reviewJson({ stack: { provider, ...json } }).access.map(({ principal }) => principal);
}

test.each<[string, Record<string, unknown>, string[]]>([
  [
    'a service account by its email',
    {
      resource: {
        google_service_account: { orders: { account_id: 'orders' } },
        ...grant(`serviceAccount:${expression('google_service_account.orders.email')}`),
      },
    },
    ['serviceAccount:orders@my-project.iam.gserviceaccount.com'],
  ],
  [
    'a service account by its unique id',
    {
      resource: {
        google_service_account: { orders: { account_id: 'orders' } },
        ...grant(`serviceAccount:${expression('google_service_account.orders.unique_id')}`),
      },
    },
    ['serviceAccount:orders@my-project.iam.gserviceaccount.com'],
  ],
  [
    'a service account of several',
    {
      resource: {
        google_service_account: {
          all: { for_each: expression('toset(["orders", "invoices"])'), account_id: expression('each.key') },
        },
        ...grant(expression('google_service_account.all["orders"].member')),
      },
    },
    ['serviceAccount:orders@my-project.iam.gserviceaccount.com'],
  ],
  [
    'all of several service accounts',
    {
      resource: {
        google_service_account: {
          all: { count: 2, account_id: expression('format("orders-%d", count.index)') },
        },
        google_storage_bucket_iam_binding: {
          grant: {
            bucket: 'b',
            role: 'roles/storage.objectViewer',
            members: expression('google_service_account.all[*].member'),
          },
        },
      },
    },
    [
      'serviceAccount:orders-0@my-project.iam.gserviceaccount.com',
      'serviceAccount:orders-1@my-project.iam.gserviceaccount.com',
    ],
  ],
  ['none at all', { resource: grant('user:a@example.com', { count: expression('false ? 1 : 0') }) }, []],
  [
    'members in capitals',
    { resource: grant('ServiceAccount:Orders@My-Project.iam.gserviceaccount.com') },
    ['serviceAccount:orders@my-project.iam.gserviceaccount.com'],
  ],
  [
    'locals that refer to each other in a circle',
    {
      locals: { a: expression('local.b'), b: expression('local.a') },
      resource: grant(expression('local.a')),
    },
    [expression('local.a')],
  ],
])('%s', (_, json, expected) => expect(principals(json)).toEqual(expected));

test('the output of another stack is known by the state that both name', () => {
  const state = (path: string) => ({ path });
  const first = {
    provider,
    terraform: { backend: { local: state('terraform.first.tfstate') } },
    resource: { google_service_account: { orders: { account_id: 'orders' } } },
    output: { who: { value: expression('google_service_account.orders.member'), sensitive: true } },
  };
  const second = (path: string) => ({
    provider,
    data: { terraform_remote_state: { first: { backend: 'local', config: state(path) } } },
    resource: grant(expression('data.terraform_remote_state.first.outputs.who')),
  });
  const known = reviewJson({ first, second: second('terraform.first.tfstate') });
  expect(one(known.access).principal).toBe('serviceAccount:orders@my-project.iam.gserviceaccount.com');
  expect(known.unknown).toEqual([]);
  const unknown = reviewJson({ first, second: second('terraform.other.tfstate') });
  expect(one(unknown.unknown)).toMatchObject({
    argument: 'member',
    why: 'it is an output of a stack that is not here',
  });
});

test('every argument is counted, understood or not', () => {
  const review = reviewJson({
    stack: {
      provider,
      resource: { google_storage_bucket: { b: { name: 'b', location: 'EU', future: [1, 2] } } },
    },
  });
  expect(review.coverage).toEqual({ arguments: 5, understood: 3 });
  expect(one(review.notReviewed).why).toBe('This review does not know what future[0], future[1] may give.');
});
