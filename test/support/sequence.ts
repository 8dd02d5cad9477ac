import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that mostly wait, for processes of their own: a program, a browser, PostgreSQL. */
const waits = /\/test\/(?:browser|crash|terminal)\/|-?postgres\.test\.ts$/;

/** Begins with what takes longest, so that no worker is left alone with it at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = sorted.filter(({ moduleId }) => waits.test(moduleId));
    return [...first, ...sorted.filter((file) => !first.includes(file))];
  }
}
