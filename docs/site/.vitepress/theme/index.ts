import type { Theme } from "vitepress"
import DefaultTheme from "vitepress/theme-without-fonts"
import { type Component, defineAsyncComponent } from "vue"
import { watchPrograms } from "../../run/panel.js"
import { watchTables } from "./sorting.js"
import "virtual:code.css"
import "./site.css"
import "./programs.css"
import "./landing.css"

/** The playground, if this site has one. Only its own page loads it. */
const playground = Object.values(import.meta.glob<{ readonly default: Component }>("../../playground/Playground.vue"))

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app, siteData }) => {
    const [load] = playground
    if (load !== undefined) app.component("Playground", defineAsyncComponent(load))
    if (import.meta.env.SSR) return
    watchTables(document)
    watchPrograms(document, siteData.value.base)
  }
} satisfies Theme
