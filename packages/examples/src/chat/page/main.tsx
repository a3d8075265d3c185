/** The page: which conversation is shown, and which model answers. The URL has the id of the conversation, so the conversation survives a reload. */
import { useCallback, useEffect, useState } from "react"
import { createRoot } from "react-dom/client"
import type { Model, Summary } from "../api.js"
import { Conversation, type Message } from "./Conversation.js"
import { Problem, Spent } from "./parts.js"

const get = async <A,>(path: string): Promise<A> => {
  const response = await fetch(path)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as A
}

const idInAddress = () => location.hash.slice(1)
const beginConversation = () => {
  location.hash = crypto.randomUUID()
}

const Chat = ({ models }: { readonly models: ReadonlyArray<Model> }) => {
  const [model, setModel] = useState(models[0]?.id ?? "")
  const [id, setId] = useState(idInAddress)
  const [opened, setOpened] = useState<{ readonly id: string; readonly messages: Array<Message> }>()
  const [list, setList] = useState<ReadonlyArray<Summary>>([])
  const [error, setError] = useState<Error>()

  useEffect(() => {
    const changed = () => setId(idInAddress())
    addEventListener("hashchange", changed)
    return () => removeEventListener("hashchange", changed)
  }, [])

  const refresh = useCallback(() => get<ReadonlyArray<Summary>>("/api/conversations").then(setList, setError), [])
  const open = useCallback(async () => {
    if (id === "") return beginConversation()
    setError(undefined)
    await get<Array<Message>>(`/api/conversations/${id}`).then((messages) => setOpened({ id, messages }), setError)
    await refresh()
  }, [id, refresh])
  useEffect(() => void open(), [open])

  const shown = list.find((summary) => summary.id === id)
  return (
    <>
      <header>
        <h1>Chat</h1>
        <label>
          <span>Conversation</span>
          <select value={id} onChange={({ target }) => (location.hash = target.value)}>
            {shown === undefined && <option value={id}>New conversation</option>}
            {list.toReversed().map((summary) => (
              <option key={summary.id} value={summary.id}>
                {summary.title}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={beginConversation}>
          New
        </button>
        <label className="model">
          <span>Model</span>
          <select value={model} onChange={({ target }) => setModel(target.value)}>
            {models.map(({ id: name, price }) => (
              <option key={name} value={name}>
                {[name.slice(name.lastIndexOf("/") + 1), price].join(" · ")}
              </option>
            ))}
          </select>
        </label>
        <p className="spent">
          <Spent {...(shown?.spending ?? { tokens: 0, cost: "0" })} />
        </p>
      </header>
      {error !== undefined && <Problem error={error} retry={() => void open()} />}
      {opened?.id === id && <Conversation key={id} {...opened} model={model} onEnd={() => void refresh()} />}
    </>
  )
}

const root = createRoot(document.getElementById("page")!)
const start = () =>
  get<ReadonlyArray<Model>>("/api/models").then(
    (models) => root.render(<Chat models={models} />),
    (error: Error) => root.render(<Problem error={error} retry={start} />)
  )
void start()
