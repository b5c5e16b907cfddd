import { print } from '../../tools/tool';

/** Runs checks one by one, says how each ended, and goes on after one that failed. */
export class Checks {
  private passed = 0;
  private failed = 0;

  constructor(private readonly signal: AbortSignal) {}

  /** What `check` gives is a remark for its line. */
  async run(name: string, check: () => Promise<string> | string): Promise<void> {
    // A browser that was closed under a check is no fault of what is checked.
    this.signal.throwIfAborted();
    try {
      const remark = await check();
      this.passed++;
      print(`ok    ${name}: ${remark}`);
    } catch (error) {
      this.signal.throwIfAborted();
      this.failed++;
      print(`FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Says the sum, and gives the exit code. */
  end(): number {
    print(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}
