/** Whether Google lets a call pass; fails when the answer is neither yes nor "not allowed". */
export async function isAllowed(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    const { code } = error as { code: number };
    // 7 is PERMISSION_DENIED of gRPC.
    if (code === 403 || code === 7) return false;
    throw error;
  }
}
