/** Templates: texts with placeholders for the columns of a row. */
import * as Either from "effect/Either"

/** What is wrong with a row for a template. */
export type TemplateIssue = string

const placeholder = /\{\{\s*([^{}]+?)\s*\}\}/g

/** Replaces the placeholders of a template by the values of a row. Left: a column that the row does not have. */
export const fillTemplate = (
  template: string,
  columns: Readonly<Record<string, string>>
): Either.Either<string, TemplateIssue> => {
  const missing = columnsOf(template).find((name) => !Object.hasOwn(columns, name))
  return missing === undefined
    ? Either.right(template.replace(placeholder, (_, name: string) => columns[name]!))
    : Either.left(
        `the template names the column "${missing}", which the input does not have; its columns: ${listOf(Object.keys(columns))}`
      )
}

/** The columns that a template names. */
export const columnsOf = (template: string): ReadonlyArray<string> =>
  [...template.matchAll(placeholder)].map(([, name]) => name!)

const listOf = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")
