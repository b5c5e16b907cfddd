import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { problemOf, type Reason, REASONS, ServiceError, wireOf } from '@app/errors';
import { ProblemDto } from './problem.dto';

export interface ProblemExample {
  readonly reason: Reason;
  /** The `detail` of the example. */
  readonly detail: string;
  /** Bad fields, for INVALID_REQUEST. */
  readonly fields?: readonly { readonly field: string; readonly fault: string }[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const exampleOf = ({ reason, detail, fields, metadata }: ProblemExample, instance: string) => ({
  summary: reason,
  value: problemOf(new ServiceError(reason, detail, { fields, metadata }), instance),
});

/** Documents the ways in which an endpoint can fail, each with the problem that it then answers. */
export const ApiProblems = (instance: string, ...problems: ProblemExample[]): MethodDecorator => {
  const statuses = [...new Set(problems.map(({ reason }) => wireOf(reason).http))];
  const responses = statuses.map((status) => {
    const same = problems.filter(({ reason }) => wireOf(reason).http === status);
    return ApiResponse({
      status,
      description: same
        .map(({ reason }) => `**${reason}**: ${REASONS[reason].meaning} ${REASONS[reason].remedy}`)
        .join('\n\n'),
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemDto) },
          examples: Object.fromEntries(
            same.map((problem) => [problem.reason, exampleOf(problem, instance)]),
          ),
        },
      },
    });
  });
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
};

/** Any endpoint but those about health can answer this. */
export const OVERLOADED: ProblemExample = {
  reason: 'OVERLOADED',
  detail: 'Too many requests are in flight. Nothing was done; try again later.',
};

/** Any endpoint that needs the database can answer this. */
export const DATABASE_UNAVAILABLE: ProblemExample = {
  reason: 'DATABASE_UNAVAILABLE',
  detail: 'The database is unavailable or timed out. Try again shortly.',
};
