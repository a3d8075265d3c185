/**
 * The rows, for ours over one HTTP layer. The layers have a file each: importing npm's undici changes how Node's own fetch treats
 * cut bodies.
 */
import { afterAll, assert, describe, it } from "vitest"
import type { Contender } from "../src/Contender.js"
import { families } from "../src/scenarios/index.js"
import type { Scenario } from "../src/Scenario.js"

/** Runs each row that is wanted. Rows that are the same over any layer are wanted over one of them. */
export const suite = (client: Contender, isWanted: (scenario: Scenario) => boolean = () => true): void => {
  afterAll(() => client.close())

  describe.each(
    families.flatMap(({ scenarios, title }) => {
      const wanted = scenarios.filter(isWanted)
      return wanted.length === 0 ? [] : [[title, wanted] as const]
    })
  )("%s", (_, scenarios) => {
    for (const scenario of scenarios) {
      // most rows wait for a timeout or a server; those that look at the whole process are alone in it
      const together = scenario.slow === true ? it : it.concurrent
      const test = scenario.fails === undefined ? together : together.fails
      test(`${scenario.id}: ${scenario.shows}`, { timeout: scenario.slow === true ? 90_000 : 30_000 }, async () => {
        const verdict = await scenario.run(client)
        assert.strictEqual(verdict.ok, true, verdict.seen)
      })
    }
  })
}
