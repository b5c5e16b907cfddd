import eslint from '@eslint/js';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import tseslint from 'typescript-eslint';

const maxLinesPerFunction = builtinRules.get('max-lines-per-function');

/** Whether a function is the callback of `describe`, `describe.each(…)` and the like. */
const isDescribeCallback = ({ parent }) => {
  if (parent?.type !== 'CallExpression') return false;
  let callee = parent.callee;
  while (callee.type === 'CallExpression' || callee.type === 'MemberExpression') {
    callee = callee.type === 'CallExpression' ? callee.callee : callee.object;
  }
  return callee.name === 'describe';
};

/** ESLint's own rule, without the callbacks of `describe`: those hold functions, not statements. */
const maxLinesPerFunctionExceptDescribe = {
  ...maxLinesPerFunction,
  create: (context) =>
    maxLinesPerFunction.create(
      Object.create(context, {
        report: {
          value: (report) => isDescribeCallback(report.node) || context.report(report),
        },
      }),
    ),
};

export default tseslint.config(
  {
    ignores: [
      'dist',
      'node_modules',
      '.quickbite',
      'coverage',
      'libs/contracts/src/generated',
      '**/*.js',
      '**/*.mjs',
      '**/*.cjs',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: {
      quickbite: { rules: { 'max-lines-per-function': maxLinesPerFunctionExceptDescribe } },
    },
    rules: {
      // Nest modules are classes with nothing but a decorator.
      '@typescript-eslint/no-extraneous-class': [
        'error',
        { allowWithDecorator: true, allowStaticOnly: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'max-lines': ['error', { max: 300 }],
      'quickbite/max-lines-per-function': ['error', { max: 70 }],
      // DTO classes describe plain objects, which are never instances of them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    // The import rules know a background worker by the name of its file.
    files: ['apps/**/*.ts'],
    ignores: ['**/*.worker.ts', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@app/runtime',
              importNames: ['Poller'],
              message: 'Run a Poller in a file named *.worker.ts, which calls a service.',
            },
          ],
        },
      ],
    },
  },
);
