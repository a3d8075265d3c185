/** The task as users of `openai` write it: `JSON.parse`, then zod. */
import { z } from "zod"
import { task } from "./requests.js"
import * as Zod from "./zod.js"

const of = <A>(schema: z.ZodType<A>) => {
  const jsonSchema: Record<string, unknown> = { ...z.toJSONSchema(schema) }
  return { jsonSchema, parse: (value: unknown) => schema.parse(value) }
}

export const withZod = task({ weather: of(Zod.Weather), search: of(Zod.Search), report: of(Zod.Report) })
