/** Prints one line per check and the totals at the end. */
export class Report {
  private passed = 0;
  private failed = 0;

  ok(name: string): void {
    this.passed += 1;
    console.log(`ok  ${name}`);
  }

  /** Throws if the check failed, which ends the part that it belongs to. */
  check(name: string, passed: boolean, actual: unknown): void {
    if (!passed) {
      const text = typeof actual === 'string' ? actual : JSON.stringify(actual, null, 2);
      throw new Error(`${name}. Actual:\n${text}`);
    }
    this.ok(name);
  }

  notRun(name: string): void {
    console.log(`NOT RUN: ${name}`);
  }

  /** Runs a part and returns whether it passed. A failed part does not end the run. */
  async part(name: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** Prints the totals and returns the exit code. */
  end(): number {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

/** Runs `work`, then `cleanUp`, and exits. A signal or the time limit ends `work` early. */
export async function runAndExit(
  report: Report,
  work: () => Promise<unknown>,
  cleanUp: () => Promise<unknown>,
  withinMs: number,
): Promise<never> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    const onTimeout = () => reject(new Error(`Did not finish within ${withinMs} ms`));
    setTimeout(onTimeout, withinMs).unref();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(name, () => reject(new Error(`Ended by ${name}`)));
    }
  });
  await report.part('the run', async () => {
    await Promise.race([work(), interrupted]);
  });
  await report.part('the cleanup', async () => {
    await cleanUp();
  });
  process.exit(report.end());
}
