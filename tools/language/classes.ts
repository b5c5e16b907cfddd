/** Where a class is declared. */
export interface ClassDeclaration {
  readonly name: string;
  readonly file: string;
}

/** Classes of one name that are the same concept, each with the reason. */
const SAME_CONCEPT: Readonly<Record<string, string>> = {
  HealthModule: 'the health checks of a service; each process has one',
};

/** Returns a finding for each class name that is declared more than once. */
export const duplicateClasses = (classes: readonly ClassDeclaration[]): string[] => {
  const files = new Map<string, string[]>();
  for (const { name, file } of classes) files.set(name, [...(files.get(name) ?? []), file]);
  return [...files]
    .filter(([name, declaredIn]) => declaredIn.length > 1 && !(name in SAME_CONCEPT))
    .map(
      ([name, declaredIn]) =>
        `class ${name} is declared in ${declaredIn.join(' and ')}: rename one`,
    );
};
