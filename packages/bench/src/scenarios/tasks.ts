import { everyCall } from "../contenders/index.js"
import { Consumption } from "../Consumption.js"
import { expectedOfTasks } from "../task.js"
import { type ClientScenario, start, subjectsOf, toReference } from "./Scenario.js"

const atATime = 64
const tasks = { quick: 500, full: 1000 }
const warmUp = { quick: 700, full: 1500 }

export const tools: ClientScenario = {
  name: "tools-64",
  title: `${atATime} tasks with tools at a time`,
  about: `A task is two calls. The first has two tools and is answered with a call of each. The second has their results and is answered with a report of 1 KB in the JSON Schema of its \`response_format\`. Arguments and report are parsed and checked: by ours and the handwritten code with schemas of Effect, by the others with zod. ${atATime} tasks run at a time.`,
  columns: [
    { figure: "cpu", title: "CPU µs/task", digits: 0 },
    { figure: "wall", title: "wall µs/task", digits: 0 }
  ],
  subjects: subjectsOf(everyCall),
  rounds: { quick: 1, full: 3 },
  ratio: toReference("cpu"),
  measure: (subject, harness) => harness.client("tools-64", subject, "task"),
  inClient: async (make, url, size) => {
    const count = tasks[size]
    const contender = make(url)
    await contender.task(warmUp[size], atATime, new Consumption())
    const tally = new Consumption()
    const watch = start()
    await contender.task(count, atATime, tally)
    const { cpu, wall } = watch.stop()
    tally.check(expectedOfTasks(count))
    await contender.close()
    return { cpu: cpu / count, wall: wall / count }
  }
}
