/**
 * How long `vi.waitFor` and `expect.poll` wait for a state that has to come: longer than any machine under load takes, so
 * that only what never comes fails.
 */
export const patience = { timeout: 100_000, interval: 20 };
