/** The schemas of the task in zod. */
import { z } from "zod"

export const Weather = z.object({
  city: z.string(),
  days: z.int().min(1).max(14),
  unit: z.enum(["celsius", "fahrenheit"])
})

export const Search = z.object({
  query: z.string(),
  near: z.object({ latitude: z.number(), longitude: z.number() }),
  categories: z.array(z.string()),
  limit: z.int()
})

export const Report = z.object({
  title: z.string(),
  days: z.array(
    z.object({
      date: z.string(),
      sky: z.enum(["clear", "clouds", "rain"]),
      low: z.number(),
      high: z.number(),
      places: z.array(z.object({ name: z.string(), minutes: z.int() }))
    })
  ),
  summary: z.string()
})
