import { describe, expect, it } from 'vitest';
import { withDeadline } from '../../secrets/deadline.ts';

describe('withDeadline', () => {
  it('gives what the request gives', async () => {
    expect(await withDeadline(3_600_000, async () => 'bytes')).toBe('bytes');
  });

  it('throws what the request throws', async () => {
    const refused = new Error('refused');
    await expect(withDeadline(3_600_000, () => Promise.reject(refused))).rejects.toBe(refused);
  });

  it('stops waiting for an answer that does not come', async () => {
    const waiting = withDeadline(5, () => new Promise(() => {}));
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
