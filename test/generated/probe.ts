/** What came back for one input. */
export interface Outcome {
  /** Status or code, with the reason. */
  readonly label: string;
  readonly isError: boolean;
  /** The contract allows that a request with this error has changed something. */
  readonly mayHaveChanged: boolean;
  readonly faults: readonly string[];
}

/** One generated input, ready to be sent. */
export interface Probe {
  readonly index: number;
  readonly wire: 'HTTP' | 'gRPC';
  /** The operation or the RPC that it was made for. */
  readonly target: string;
  readonly caller: string;
  readonly validity: 'valid' | 'invalid' | 'unsaid';
  /** It reads, or the contract says that it must fail. */
  readonly mustChangeNothing: boolean;
  send(): Promise<Outcome>;
  /** A command or a description with which it can be sent again. */
  repro(): string;
}

const MAX_IN_FLIGHT = 48;

/** Sends all, several at a time, and returns their outcomes in the order of the probes. */
export const sendAll = async (probes: readonly Probe[]): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < probes.length; index = next++) {
      const probe = probes[index];
      if (probe) outcomes[index] = await probe.send();
    }
  };
  await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, work));
  return outcomes;
};
