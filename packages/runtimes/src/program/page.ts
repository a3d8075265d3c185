/** The program in a page: a function that the test calls. */
import type { Given } from "../result.js"
import { run } from "./conformance.js"

const version = /Chrome\/([\d.]+)/.exec(navigator.userAgent)?.[1] ?? navigator.userAgent

Object.assign(globalThis, { runConformance: (given: Given) => run(given, { version }) })
