import * as Path from "node:path"
import { defineConfig } from "vitepress"
import { colours } from "../src/colours.js"
import { markdownOptions } from "../src/markdown.js"
import { moduleTables, nav, sidebar } from "../src/navigation.js"
import { excluded, pageOf, repository, root, sortable } from "../src/pages.js"
import { collectPrograms, writePrograms } from "../src/programs.js"
import { mendSearchBox, renderForSearch } from "../src/search.js"

const programs = collectPrograms()
const source = repository()
// for a site that is not at the root of its host
const base = process.env["SITE_BASE"] ?? "/"

export default defineConfig({
  title: "effect-friendli",
  description: "The Effect-native TypeScript SDK for Friendli inference",
  lang: "en",
  base,
  srcDir: root,
  srcExclude: [...excluded],
  rewrites: (file) => {
    const page = pageOf(file)
    if (page === undefined) throw new Error(`${file}: a page without a place on the site; see src/pages.ts`)
    return page
  },
  // without an icon a browser requests a file that does not exist
  head: [["link", { rel: "icon", href: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>" }]],
  markdown: markdownOptions(programs),
  themeConfig: {
    nav: nav(),
    sidebar: sidebar(),
    outline: { level: [2, 3], label: "On this page" },
    notFound: {
      title: "Page not found",
      quote: "Use the search to find a page, or the menu to see all pages.",
      linkText: "Go to the home page",
      linkLabel: "Go to the home page"
    },
    docFooter: { prev: "Previous", next: "Next" },
    ...(source === undefined ? {} : { socialLinks: [{ icon: "github" as const, link: source }] }),
    search: {
      provider: "local",
      options: {
        _render: renderForSearch,
        miniSearch: { searchOptions: { fuzzy: 0.15, prefix: true, boost: { title: 6, titles: 2, text: 1 } } }
      }
    }
  },
  // reports are wide
  transformPageData: ({ filePath, frontmatter }) =>
    sortable.has(filePath) ? { frontmatter: { ...frontmatter, pageClass: "report", aside: false } } : undefined,
  vite: {
    plugins: [
      {
        // `writePrograms` makes one bundle for the playground and the programs
        name: "emulator-in-page",
        enforce: "pre",
        resolveId: (id) =>
          id.endsWith("/run/emulator.js") ? { id: `${base}run/emulator.js`, external: "absolute" } : undefined
      },
      {
        name: "colours-of-code",
        resolveId: (id) => (id === "virtual:code.css" ? id : undefined),
        load: (id) => (id === "virtual:code.css" ? colours : undefined)
      },
      {
        // pages at the top of the workspace have no Vue above them; the half that makes HTML runs below this folder, and finds it
        name: "vue-of-the-site",
        enforce: "pre",
        resolveId: (id, _importer, { ssr }) =>
          ssr && /^vue(?:\/server-renderer)?$/.test(id) ? { id, external: true } : undefined
      },
      {
        // the part that makes HTML runs only once, so tree shaking is not needed
        name: "server-half-as-it-is",
        config: (_, { isSsrBuild }) => (isSsrBuild ? { build: { rollupOptions: { treeshake: false } } } : undefined)
      },
      {
        name: "search-box",
        enforce: "pre",
        transform: (text, id) => (id.endsWith("/VPLocalSearchBox.vue") ? mendSearchBox(text) : undefined)
      },
      {
        name: "list-of-modules",
        enforce: "pre",
        transform: (text, id) =>
          id.endsWith("docs/site/reference.md") ? text.replace("<!-- modules -->", moduleTables()) : undefined
      },
      {
        // it is shown only in browsers, so the part of the build that makes HTML does not need it
        name: "workbench-in-browsers",
        enforce: "pre",
        load: (id, options) =>
          options?.ssr && id.endsWith("/playground/view/Workbench.vue")
            ? "<script>export default {}</script>"
            : undefined
      }
    ],
    build: { chunkSizeWarningLimit: 4000 }
  },
  buildEnd: ({ outDir }) => writePrograms(programs, Path.join(outDir, "run"))
})
