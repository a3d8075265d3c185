import { describe, expect, it } from "vitest"
import { categoriesOfTypes, type Export, inOther } from "../src/categories.js"

const [variable, interface_, alias] = [1, 2, 3]
const value = (name: string, category?: string): Export => ({ name, kind: variable, isType: false, category })
const type = (name: string, category?: string, kind = interface_): Export => ({ name, kind, isType: true, category })

describe("the category of a type", () => {
  it("is its own, or that of the value of the same name", () => {
    expect(categoriesOfTypes([value("A", "events"), type("A"), type("B", "tools")])).toEqual([
      "events",
      "events",
      "tools"
    ])
  })

  it("is models where others of the same kind have a category", () => {
    const exports = [value("A", "events"), type("A"), type("Options"), type("Name", undefined, alias)]
    expect(categoriesOfTypes(exports)).toEqual(["events", "events", "models", undefined])
  })

  it("is none where no type has one, and a value has to say its own", () => {
    expect(categoriesOfTypes([value("a", "constructors"), value("b"), type("Options")])).toEqual([
      "constructors",
      undefined,
      undefined
    ])
  })
})

describe("a group without a category", () => {
  it("is found by its exports", () => {
    const events = { title: "events", children: [{ name: "A" }] }
    const other = { title: "Other", children: [{ name: "B" }, { name: "C" }] }
    expect(
      inOther([
        { title: "Variables", children: [], categories: [events, other] },
        { title: "Functions", children: [{ name: "D" }] }
      ])
    ).toEqual(["B", "C"])
    expect(inOther([{ title: "Variables", children: [], categories: [events] }])).toEqual([])
  })
})
