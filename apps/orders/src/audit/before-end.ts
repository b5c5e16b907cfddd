/** The part of a response that `beforeEnd` uses. */
export interface EndingResponse {
  end(...args: unknown[]): unknown;
}

/**
 * Awaits `work` with the body of a response that is sent in one piece, before the response ends. `work` must
 * not reject.
 */
export const beforeEnd = (
  response: EndingResponse,
  work: (body: unknown) => Promise<void>,
): void => {
  const end = response.end.bind(response);
  let isEnding = false;
  response.end = (...args: unknown[]) => {
    if (!isEnding) {
      isEnding = true;
      void work(args[0]).then(() => end(...args));
    }
    return response;
  };
};
