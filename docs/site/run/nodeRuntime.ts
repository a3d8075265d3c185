/** `NodeRuntime` of `@effect/platform-node`, in a page: when the main program ends, the run in the page ends. */
import { makeRunMain } from "@effect/platform/Runtime"
import { page } from "./page.js"

export const NodeRuntime = {
  runMain: makeRunMain(({ fiber }) => fiber.addObserver((exit) => page.ended(exit)))
}
