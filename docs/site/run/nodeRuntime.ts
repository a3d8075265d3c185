/** `NodeRuntime` of `@effect/platform-node`, in a page: the end of the main program is the end of what the page runs. */
import { makeRunMain } from "@effect/platform/Runtime"
import { page } from "./page.js"

export const NodeRuntime = {
  runMain: makeRunMain(({ fiber }) => fiber.addObserver((exit) => page.ended(exit)))
}
