/** One guard that is taken away, and the tests that must notice. */
export interface Mutant {
  readonly what: string;
  readonly file: string;
  /** Each is found exactly once, and replaced. */
  readonly edits: readonly (readonly [find: string, replacement: string])[];
  readonly project: 'unit' | 'db' | 'e2e' | 'slow' | 'long';
  /** Pattern of the test files to run. */
  readonly tests: string;
  /** It is noticed by tests that do not end. */
  readonly hangs?: true;
}
