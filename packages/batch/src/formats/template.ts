/** Texts with places for the columns of a row. */
import * as Either from "effect/Either"

/** What is wrong with a row for a template. */
export type TemplateIssue = string

const place = /\{\{\s*([^{}]+?)\s*\}\}/g

/** Puts the values of a row in the places of a template. Left: a column that the row does not have. */
export const fillTemplate = (
  template: string,
  columns: Readonly<Record<string, string>>
): Either.Either<string, TemplateIssue> => {
  const missing = columnsOf(template).find((name) => !Object.hasOwn(columns, name))
  return missing === undefined
    ? Either.right(template.replace(place, (_, name: string) => columns[name]!))
    : Either.left(`the template names the column "${missing}"; there is ${listOf(Object.keys(columns))}`)
}

/** The columns that a template names. */
export const columnsOf = (template: string): ReadonlyArray<string> =>
  [...template.matchAll(place)].map(([, name]) => name!)

const listOf = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")
