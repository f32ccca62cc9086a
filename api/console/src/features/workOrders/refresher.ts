/**
 * Return a function that starts a refresh.
 *
 * Calls during a refresh cause one more after it: a request that was started before a change is
 * followed by another, and many changes do not keep a refresh from ending.
 */
export function createRefresher(refresh: () => Promise<void>): () => void {
  let isRunning = false;
  let isCalledAgain = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    do {
      isCalledAgain = false;
      await refresh();
    } while (isCalledAgain);
    isRunning = false;
  };
  return () => {
    if (isRunning) isCalledAgain = true;
    else void run();
  };
}
