import type { JsonRecord } from "./json.js"
import { type Answer, invalid, type OperationContext } from "./operation.js"

export const classify = (_body: JsonRecord, _context: OperationContext): Answer => invalid([], "not served yet")
