/** An answer as a value: a form that fills while the model writes, checked by a schema. */
import { Effect, Option, Schema, Stream } from "effect"
import { ChatObject, type PartialJson } from "effect-friendli"
import { clean, indented, table } from "../layout.js"
import { Screen } from "../screen.js"
import { note, SceneError } from "./say.js"
import { scripted } from "./script.js"

class Item extends Schema.Class<Item>("Item")({
  name: Schema.String,
  quantity: Schema.Int.pipe(Schema.positive()),
  unitPrice: Schema.Number
}) {}

const Invoice = Schema.Struct({
  number: Schema.String,
  issued: Schema.Date,
  currency: Schema.Literal("EUR", "USD", "KRW"),
  items: Schema.NonEmptyArray(Item)
})

type Growing = PartialJson.DeepPartial<typeof Invoice.Encoded>

const document = "Invoice AB-1234 of 3 March 2025: 2 x paper boats at 3.50 EUR, 1 x lake at 99 EUR."

/** The answer of a good model, because the emulator does not understand the text. */
const reading = JSON.stringify({
  number: "AB-1234",
  issued: "2025-03-03",
  currency: "EUR",
  items: [
    { name: "paper boats", quantity: 2, unitPrice: 3.5 },
    { name: "lake", quantity: 1, unitPrice: 99 }
  ]
})

/** The form, with dots for missing values. */
const form = ({ currency, issued, items = [], number }: Growing): string => {
  const itemOf = (item: (typeof items)[number]): string =>
    `${item?.quantity ?? "…"} x ${item?.name ?? "…"}, ${item?.unitPrice?.toFixed(2) ?? "…"}`
  const text = (value: string | undefined): string => clean(value ?? "…")
  return indented(
    table(
      // wide enough for all values, so that the width of the form does not change
      ["field", "value".padEnd(24)],
      [
        ["number", text(number)],
        ["issued", text(issued)],
        ["currency", text(currency)],
        ["items", items.length === 0 ? "…" : items.map(itemOf).map(clean).join("\n")]
      ],
      ["left", "left"]
    )
  )
}

export const structured = Effect.gen(function* () {
  const screen = yield* Screen
  yield* note(`ChatObject.stream with the schema of an invoice, for the text: "${document}"`)
  const progress = ChatObject.stream(
    Invoice,
    {
      messages: [{ role: "user", content: `Extract the invoice from this text, as JSON:\n${document}` }],
      temperature: 0,
      max_tokens: 300
    },
    { outputRetries: 1 }
  )
  const last = yield* screen.changing((show) =>
    progress.pipe(
      Stream.tap((step) => (step._tag === "Growing" ? show(form(step.value)) : Effect.void)),
      Stream.runLast
    )
  )
  if (Option.isNone(last) || last.value._tag !== "Complete") {
    return yield* new SceneError({ message: "a stream of a value ended without the value" })
  }
  const { issued, items } = last.value.value
  const sum = items.reduce((total, { quantity, unitPrice }) => total + quantity * unitPrice, 0)
  yield* note(
    `a typed value: issued is a Date (${issued.toDateString()}), items are of the class ${items[0].constructor.name}, and their sum is ${sum.toFixed(2)}`
  )
}).pipe(scripted([{ when: { contains: "Extract the invoice" }, say: reading }]))
