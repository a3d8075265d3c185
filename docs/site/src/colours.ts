/**
 * The colours of code. Shiki processes a text once per theme, which is the slowest part of a build, and writes both colours of every word. The two themes
 * name the same parts of a text, so one theme is used for both: its colours are variables, and a style sheet defines their values.
 */
import type { ThemeRegistration } from "shiki/core"
import dark from "shiki/themes/github-dark-default.mjs"
import light from "shiki/themes/github-light-high-contrast.mjs"

// both themes have enough contrast for WCAG; the usual themes do not
const [inLight, inDark] = [light, dark].map(({ colors, tokenColors }) => ({
  foreground: colors!["editor.foreground"]!,
  rules: tokenColors!
}))

const pairs: Array<readonly [light: string, dark: string]> = []

/** The variable for a light and a dark colour. */
const variable = (ofLight: string, ofDark: string): string => {
  const known = pairs.findIndex(([a, b]) => a === ofLight && b === ofDark)
  return `var(--code-${known < 0 ? pairs.push([ofLight, ofDark]) - 1 : known})`
}

const foreground = variable(inLight!.foreground, inDark!.foreground)

const rules = inLight!.rules.map(({ scope, settings }, index) => {
  const other = inDark!.rules[index]
  if (other === undefined || String(other.scope) !== String(scope) || other.settings.fontStyle !== settings.fontStyle) {
    throw new Error(`the themes of code have other parts from ${String(scope)} on: see src/colours.ts`)
  }
  const [a, b] = [settings.foreground, other.settings.foreground]
  return {
    scope: scope ?? [],
    settings: a === undefined || b === undefined ? settings : { ...settings, foreground: variable(a, b) }
  }
})

/** The theme for Shiki. */
export const theme: ThemeRegistration = {
  name: "both",
  type: "light",
  fg: foreground,
  bg: "transparent",
  colors: { "editor.foreground": foreground, "editor.background": "transparent" },
  settings: [{ settings: { foreground } }, ...rules]
}

const declarations = (which: 0 | 1): string => pairs.map((pair, index) => `--code-${index}: ${pair[which]};`).join(" ")

/** The values of the variables, and the colour of text without a rule. */
export const colours = `:root { ${declarations(0)} }\n.dark { ${declarations(1)} }\n.vp-code { color: ${foreground}; }\n`
