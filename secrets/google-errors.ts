import { withDeadline } from './deadline.ts';
import { type GoogleCall, iamMember } from './fixes.ts';
import { readFailure } from './google-failure.ts';
import { translateRefusal } from './refusals.ts';

// The Cloud Storage client has a timeout, too, but waits forever for a server that accepts and is silent.
const callMilliseconds = 10_000;
const callerEmailMilliseconds = 2_000;

/**
 * Runs a call to Google, for 10 seconds at most, and translates what it throws into the classes of
 * errors.ts (refusals.ts).
 *
 * The client's own error is not the cause, only its text: it holds the request, plaintext and token included.
 *
 * @param callerEmail asked only after a failure; its own failures are ignored.
 * @throws SecretError
 */
export async function callGoogle<Result>(
  call: GoogleCall,
  callerEmail: () => Promise<string | undefined>,
  request: () => Promise<Result>,
): Promise<Result> {
  try {
    return await withDeadline(callMilliseconds, request);
  } catch (error) {
    const failure = readFailure(error);
    const email = await withDeadline(callerEmailMilliseconds, callerEmail).catch(() => undefined);
    const principal = iamMember(email);
    throw translateRefusal({ failure, call, principal });
  }
}
