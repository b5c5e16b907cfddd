import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Limiter, Limiters } from '../limits/limiters.service';
import { callerKeyOf } from './caller-key';
import { rateLimited } from './http-errors';
import { classOf, type RequestClass } from './request-class';

/** What a caller spends with a request: a write, a read, the begin of a stream, or a file of the documentation. */
export type Budget = 'writes' | 'reads' | 'streams' | 'files';

/** How many requests of each kind a caller may make in a window. 0: any number. */
export type CallerBudgets = Readonly<Record<Budget, number>>;

/** Long enough for a burst of many customers at one address, and short enough to wait for. */
export const WINDOW_SECONDS = 10;

/** Health checks cost nothing: a monitor must not lock itself out. */
const BUDGET_OF: Readonly<Partial<Record<RequestClass, Budget>>> = {
  write: 'writes',
  read: 'reads',
  file: 'files',
  stream: 'streams',
};

interface BudgetLimit {
  readonly limiter: Limiter;
  readonly max: number;
  /** The header that states the limit. */
  readonly policy: string;
}

/**
 * Limits what one caller may ask for: a caller with credentials by its subject, any other by its network.
 * Programs on this machine without credentials are not limited. Call it after the callers are authenticated.
 */
export const limitCallers = (
  app: NestExpressApplication,
  limiters: Limiters,
  budgets: CallerBudgets,
): void => {
  const limits = new Map<Budget, BudgetLimit>();
  for (const [budget, max] of Object.entries(budgets) as [Budget, number][])
    if (max > 0) limits.set(budget, limitOf(limiters, budget, max));
  if (limits.size === 0) return;
  app.use((request: Request, response: Response, next: NextFunction): void => {
    const budget = BUDGET_OF[classOf(request)];
    const limit = budget && limits.get(budget);
    const caller = limit && callerKeyOf(request);
    if (!budget || !limit || caller === undefined) {
      next();
      return;
    }
    const tell = ({ remainingPoints, msBeforeNext }: RateLimiterRes): void => {
      const seconds = Math.ceil(msBeforeNext / 1_000);
      response.setHeader('RateLimit-Policy', limit.policy);
      response.setHeader('RateLimit', `"${budget}";r=${remainingPoints};t=${seconds}`);
    };
    limit.limiter.consume(caller).then(
      (result) => {
        tell(result);
        next();
      },
      (rejection: unknown) => {
        if (!(rejection instanceof RateLimiterRes)) {
          next(rejection);
          return;
        }
        tell(rejection);
        next(rateLimited(budget, limit.max, rejection.msBeforeNext));
      },
    );
  });
};

const limitOf = (limiters: Limiters, budget: Budget, max: number): BudgetLimit => ({
  limiter: limiters.create({ name: budget, max, windowSeconds: WINDOW_SECONDS }),
  max,
  policy: `"${budget}";q=${max};w=${WINDOW_SECONDS}`,
});
