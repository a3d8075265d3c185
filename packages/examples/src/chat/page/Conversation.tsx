/** One conversation: its messages, and the field for the next message. `useChat` has its state, and sends the requests to the server. */
import { useChat } from "@ai-sdk/react"
import {
  DefaultChatTransport,
  getToolName,
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses as isDecided,
  type UIMessage
} from "ai"
import { useEffect, useRef, useState } from "react"
import type { Metadata } from "../api.js"
import { Problem, Reasoning, Spent, ToolCall } from "./parts.js"

export type Message = UIMessage<Metadata>

const suggestions = [
  "Book me the cheapest train from Seoul to Busan.",
  "What should I see in Busan in two days?",
  "How warm is it there in November?"
]

interface Props {
  readonly id: string
  readonly messages: Array<Message>
  readonly model: string
  readonly onEnd: () => void
}

export const Conversation = ({ id, messages: earlier, model, onEnd }: Props) => {
  const [outcome, setOutcome] = useState("")
  const chat = useChat<Message>({
    id,
    messages: earlier,
    transport: new DefaultChatTransport({ api: "/api/chat", body: { model } }),
    // continues when the user has decided about all waiting tools
    sendAutomaticallyWhen: isDecided,
    onFinish: ({ isAbort, isError }) => {
      setOutcome(isError ? "" : isAbort ? "The answer was stopped." : "The assistant has answered.")
      onEnd()
    }
  })
  const { error, messages, regenerate, stop } = chat
  const isBusy = chat.status === "submitted" || chat.status === "streaming"
  const waits = !isBusy && isUndecided(messages.at(-1))

  // when the user opens another conversation, this answer is no longer needed
  const stopNow = useRef(stop)
  stopNow.current = stop
  useEffect(() => () => void stopNow.current(), [])

  return (
    <>
      <main tabIndex={0} aria-label="Messages" aria-busy={isBusy}>
        <div className="messages">
          {messages.length === 0 && (
            <div className="suggestions">
              <p>Ask anything, or begin with one of these:</p>
              {suggestions.map((text) => (
                <button key={text} type="button" onClick={() => void chat.sendMessage({ text })}>
                  {text}
                </button>
              ))}
            </div>
          )}
          {messages.map((message, at) => (
            <article
              key={message.id}
              className={message.role}
              aria-label={message.role === "user" ? "You" : "Assistant"}
            >
              <Parts
                message={message}
                isBusy={isBusy && at === messages.length - 1}
                decide={chat.addToolApprovalResponse}
              />
            </article>
          ))}
          {chat.status === "submitted" && <p className="waiting" aria-hidden="true" />}
          {error !== undefined && <Problem error={error} retry={() => void regenerate()} />}
          {chat.status === "ready" && messages.length > 0 && !waits && (
            <button type="button" className="regenerate" onClick={() => void regenerate()}>
              Regenerate
            </button>
          )}
        </div>
      </main>
      <p role="status" className="hidden">
        {isBusy ? "The assistant is answering." : waits ? "A tool needs your approval." : outcome}
      </p>
      <Composer isBusy={isBusy} send={(text) => void chat.sendMessage({ text })} stop={() => void stop()} />
    </>
  )
}

const isUndecided = (message: Message | undefined): boolean =>
  message?.parts.some((part) => isToolUIPart(part) && part.state === "approval-requested") === true

interface PartsProps {
  readonly message: Message
  readonly isBusy: boolean
  readonly decide: (decision: { readonly id: string; readonly approved: boolean }) => void
}

const Parts = ({ decide, isBusy, message: { metadata, parts } }: PartsProps) => (
  <>
    {parts.map((part, at) => {
      if (part.type === "text") return <p key={at}>{part.text}</p>
      if (part.type === "reasoning")
        return <Reasoning key={at} text={part.text} isBusy={isBusy && at === parts.length - 1} />
      if (isToolUIPart(part))
        return <ToolCall key={at} name={getToolName(part)} part={part} isBusy={isBusy} decide={decide} />
      return null
    })}
    {metadata?.tokens !== undefined && (
      <footer>
        {metadata.model} · <Spent tokens={metadata.tokens} cost={metadata.cost ?? "0"} />
      </footer>
    )}
  </>
)

interface ComposerProps {
  readonly isBusy: boolean
  readonly send: (text: string) => void
  readonly stop: () => void
}

/** Enter sends, Shift+Enter starts a new line, Escape stops the answer. */
const Composer = ({ isBusy, send, stop }: ComposerProps) => {
  const [text, setText] = useState("")
  const field = useRef<HTMLTextAreaElement>(null)
  // the pressed button, such as "Regenerate", no longer exists: move the focus here
  useEffect(() => {
    if (document.activeElement === document.body) field.current?.focus()
  }, [isBusy])
  const submit = () => {
    if (isBusy || text.trim() === "") return
    send(text)
    setText("")
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <textarea
        ref={field}
        aria-label="Message"
        placeholder="Message"
        rows={1}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && isBusy) stop()
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          submit()
        }}
      />
      {isBusy ? (
        <button type="button" className="stop" onClick={stop}>
          Stop
        </button>
      ) : (
        <button type="submit" disabled={text.trim() === ""}>
          Send
        </button>
      )}
    </form>
  )
}
