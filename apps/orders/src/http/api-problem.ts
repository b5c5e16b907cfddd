import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { problemOf, REASONS, type ServiceError, wireOf } from '@app/errors';
import { ProblemDto } from './problem.dto';

/**
 * Documents the errors that an endpoint can return, each with its problem as an example. The errors
 * come from the same factories as those that the service throws.
 */
export const ApiProblems = (
  instance: string,
  ...errors: readonly ServiceError[]
): MethodDecorator => {
  const statuses = [...new Set(errors.map(({ reason }) => wireOf(reason).http))];
  const responses = statuses.map((status) => {
    const same = errors.filter(({ reason }) => wireOf(reason).http === status);
    return ApiResponse({
      status,
      description: same
        .map(({ reason }) => `**${reason}**: ${REASONS[reason].meaning} ${REASONS[reason].remedy}`)
        .join('\n\n'),
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemDto) },
          examples: Object.fromEntries(
            same.map((error) => [
              error.reason,
              { summary: error.reason, value: problemOf(error, instance) },
            ]),
          ),
        },
      },
    });
  });
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
};
