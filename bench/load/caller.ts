/** One client: makes one call after another, never two at a time. */
export interface Caller {
  call(): Promise<Answer>;
  close(): void;
}

export interface Answer {
  /** Right answers in it: 1, or as many reservations as a batch has; 0 where it is wrong. */
  readonly right: number;
  readonly units: number;
  /** What was wrong about it. */
  readonly fault?: string;
}

const FAULT_LENGTH = 300;

export const wrong = (fault: string): Answer => ({
  right: 0,
  units: 0,
  fault: fault.slice(0, FAULT_LENGTH).replaceAll(/\s+/g, ' '),
});
