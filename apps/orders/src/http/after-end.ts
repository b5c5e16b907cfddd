/** The part of a response that `afterEnd` uses. */
interface EndingResponse {
  end(...args: unknown[]): unknown;
}

/**
 * Calls `done` soon after a handler has ended a response. Its event `close` comes only after the client has
 * received all of it, and all responses before it on the connection.
 */
export const afterEnd = (response: EndingResponse, done: () => void): void => {
  const end = response.end.bind(response);
  response.end = (...args: unknown[]) => {
    // In a tick of its own, because `done` may begin the next request, which may end at once, and so on.
    process.nextTick(done);
    return end(...args);
  };
};
