/**
 * The order of test files for a mutation test, which ends with the first test that fails: first the tests of the changed file, then the
 * other unit tests, and the searches last. Vitest runs long files first, since it wants to end early with all of them.
 */
import * as Path from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"

const subject = (file: string): string => Path.basename(file).split(".")[0]!

export class Likeliest extends BaseSequencer {
  override sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    // Stryker names the changed file here
    const changed = new Set(this.ctx.config.related?.map(subject))
    const rank = (file: string): number =>
      (file.includes(".exhaustive.") ? 2 : 0) + (changed.has(subject(file)) ? 0 : 1)
    return Promise.resolve(files.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId)))
  }
}
