/** The Run button of programs, and the panel below it: the output, the outcome, and a stop button. */
import type * as Runtime from "./runtime.js"

/** The maximum output of a program, in characters. */
const limit = 100_000

const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
  text = ""
): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.textContent = text
  return made
}

interface Panel {
  readonly begin: (stop: () => void) => void
  readonly write: (text: string) => void
  readonly say: (text: string) => void
  readonly finish: (outcome: Runtime.Outcome, seconds: number) => void
}

/** The part of the page below a program. It is made at the first run. */
const panelOf = (button: HTMLButtonElement): Panel => {
  const bar = button.parentElement!
  const program = bar.parentElement!
  const stop = element("button", { type: "button", class: "program-stop" }, "Stop")
  const output = element("pre", { class: "program-output", role: "log", "aria-label": "Output", tabindex: "0" })
  const failure = element("p", { class: "program-failure" })
  const status = element("p", { class: "program-status", role: "status" })
  const note = bar.querySelector(".program-note")
  let onStop = (): void => {}
  let length = 0
  stop.addEventListener("click", () => onStop())
  output.hidden = true
  failure.hidden = true
  note?.replaceWith(stop, status)
  program.append(output, failure)
  return {
    begin: (stopProgram) => {
      onStop = stopProgram
      length = 0
      output.textContent = ""
      output.hidden = true
      failure.hidden = true
      stop.hidden = false
    },
    write: (text) => {
      if (length > limit) return
      length += text.length
      output.hidden = false
      output.append(length > limit ? "\n… (the rest of the output is not shown)\n" : text)
      output.scrollTop = output.scrollHeight
    },
    say: (text) => {
      status.textContent = text
    },
    finish: (outcome, seconds) => {
      // the pressed button is removed: move the focus to the button that starts again
      if (document.activeElement === stop) button.focus()
      stop.hidden = true
      button.textContent = "Run again"
      const words = { done: "Done", failed: "Failed", stopped: "Stopped" }
      status.textContent = `${words[outcome.kind]} after ${seconds.toFixed(1)} s`
      program.dataset["outcome"] = outcome.kind
      if (outcome.kind !== "failed") return
      failure.replaceChildren(element("strong", {}, outcome.name), `: ${outcome.message}`)
      failure.hidden = false
    }
  }
}

const panels = new WeakMap<HTMLButtonElement, Panel>()

let current: Runtime.Running | undefined
let latest = 0

const start = async (button: HTMLButtonElement, folder: string): Promise<void> => {
  const turn = ++latest
  const panel = panels.get(button) ?? panelOf(button)
  panels.set(button, panel)
  current?.stop()
  await current?.outcome
  delete button.parentElement!.parentElement!.dataset["outcome"]
  panel.begin(() => {
    latest++
    panel.finish({ kind: "stopped" }, 0)
  })
  panel.say("Loading…")
  let runtime: typeof Runtime
  try {
    runtime = (await import(/* @vite-ignore */ `${folder}runtime.js`)) as typeof Runtime
  } catch {
    panel.finish({ kind: "failed", name: "Not loaded", message: "The libraries could not be loaded." }, 0)
    return
  }
  // in the meantime another program was started, or this program was stopped
  if (turn !== latest) return
  const began = performance.now()
  const running = runtime.run(button.dataset["program"]!, folder, panel.write)
  current = running
  panel.begin(running.stop)
  panel.say("Running…")
  const outcome = await running.outcome
  panel.finish(outcome, (performance.now() - began) / 1000)
  if (current === running) current = undefined
}

/** Runs the programs of all pages that are shown in the document. `base` is the path of the site on its host. */
export const watchPrograms = (document: Document, base: string): void => {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button.program-run") : null
    if (button instanceof HTMLButtonElement) void start(button, new URL(`${base}run/`, location.href).href)
  })
}
