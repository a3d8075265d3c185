/**
 * What to do about an HTTP status. In: a status and the code of the error. Out: one sentence for the end of the message. It says what the
 * reader can check or change, and whether sending the request again can help. No Effect in here.
 */
import { isFinal } from "./codes.js"

const changeRequest = "Change the request; sending it again cannot help."
const later = "A gateway could not reach the server; try again later."
const tooSlow = "A gateway waited too long for the server; stream long answers."

const advice: ReadonlyMap<number, string> = /*#__PURE__*/ new Map([
  [400, changeRequest],
  [401, "Check the token (FRIENDLI_TOKEN)."],
  [402, "Check the credits and the payment method of the account; sending it again cannot help."],
  [403, "Check that the token's account and the team may use this."],
  [404, "Check the model or endpoint id and the deployment's base URL."],
  [405, "Check the base URL: the server there does not offer this operation."],
  [406, "Check gateways in between: the SDK accepts JSON, and event streams for streams."],
  [407, "Check the credentials for the proxy."],
  [408, "The server did not get the whole request in time; send it again, or send less."],
  [409, "It conflicts with the current state of a resource; wait until that changes."],
  [410, "The resource no longer exists; check the model or endpoint id."],
  [413, "Shorten the prompt, or send smaller files; sending it again cannot help."],
  [415, "Check gateways that change the content type: the SDK sends JSON, or a form with files."],
  [422, changeRequest],
  [425, "The server does not accept it yet; send it again later."],
  [426, "Check the base URL and its protocol (https), and proxies on the way."],
  [429, "Send less at a time, or wait as retryAfter says."],
  [431, "Send fewer headers, or shorter ones."],
  [451, "It is rejected for legal reasons; sending it again cannot help."],
  [501, "The server does not support this operation; check the deployment."],
  [502, later],
  [503, "Try again later; a dedicated endpoint may be waking up (Retry.coldStart)."],
  [504, tooSlow],
  [511, "Log in to the network first."],
  [520, later],
  [521, later],
  [522, later],
  [523, later],
  [524, tooSlow],
  [529, "Try again later; a dedicated endpoint may be waking up (Retry.coldStart)."]
])

/** The advice for a 429 that waiting cannot resolve. */
const usedUp = "The quota or the credits are used up: check the plan and the billing; sending it again cannot help."

/**
 * The sentence for a status; a general one for statuses without their own. Without a status: the sentence for an error inside an answer
 * that names no status.
 */
export const adviceFor = (status: number | undefined, code: string | undefined): string => {
  if (status === undefined) return "The server stopped generating; the part that arrived is kept."
  if (status === 429 && isFinal(code)) return usedUp
  return (
    advice.get(status) ??
    (status >= 500
      ? "The fault is with the server; quote the request id to support if it lasts."
      : "Check the base URL, and proxies on the way.")
  )
}
