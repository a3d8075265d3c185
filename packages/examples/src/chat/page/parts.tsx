/** The parts of a message. */
import type { ToolUIPart, DynamicToolUIPart } from "ai"
import type { Spending } from "../api.js"

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 3 })

export const Spent = ({ cost, tokens }: Spending) => (
  <>
    {tokens.toLocaleString("en")} tokens · {dollars.format(Number(cost))}
  </>
)

export const Reasoning = ({ isBusy, text }: { readonly text: string; readonly isBusy: boolean }) => (
  <details className="reasoning">
    <summary>{isBusy ? "Thinking…" : "Reasoning"}</summary>
    <p>{text}</p>
  </details>
)

/** The state of a call, as text. */
const states: Readonly<Record<ToolUIPart["state"], string>> = {
  "input-streaming": "is prepared",
  "input-available": "runs",
  "approval-requested": "needs your approval",
  "approval-responded": "is decided",
  "output-available": "is done",
  "output-error": "failed",
  "output-denied": "was denied"
}

interface ToolCallProps {
  readonly name: string
  readonly part: ToolUIPart | DynamicToolUIPart
  readonly isBusy: boolean
  readonly decide: (decision: { readonly id: string; readonly approved: boolean }) => void
}

/** A call of a tool: its name, its arguments, its result, and the question for approval. */
export const ToolCall = ({ decide, isBusy, name, part }: ToolCallProps) => {
  const isStopped = !isBusy && (part.state === "input-streaming" || part.state === "input-available")
  const { approval } = part
  return (
    <section className={`tool ${part.state}`} aria-label={`Tool ${name}`}>
      <h2>
        <code>{name}</code> {isStopped ? "was stopped" : states[part.state]}
      </h2>
      <dl>
        {Object.entries(part.input ?? {}).map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      {part.state === "output-available" && (
        <details>
          <summary>Result</summary>
          <pre tabIndex={0}>{JSON.stringify(part.output, null, 2)}</pre>
        </details>
      )}
      {part.state === "output-error" && <p>{part.errorText}</p>}
      {part.state === "approval-requested" && approval !== undefined && (
        <p className="decision">
          <button type="button" onClick={() => decide({ id: approval.id, approved: true })}>
            Approve
          </button>
          <button type="button" className="quiet" onClick={() => decide({ id: approval.id, approved: false })}>
            Deny
          </button>
        </p>
      )}
    </section>
  )
}

/** An error, with the server's text, and what the user can do. Without an answer of the server there is only the browser's text, which explains nothing. */
export const Problem = ({ error, retry }: { readonly error: Error; readonly retry: () => void }) => (
  <div role="alert" className="problem">
    <p>
      {error instanceof TypeError ? "The server of this page cannot be reached. Is it still running?" : error.message}
    </p>
    <button type="button" onClick={retry}>
      Retry
    </button>
  </div>
)
