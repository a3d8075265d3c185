import type { JsonRecord } from "./json.js"
import { type Answer, invalid, type OperationContext } from "./operation.js"

export const generateImage = (_body: JsonRecord, _context: OperationContext): Answer => invalid([], "not served yet")

export const editImage = (_body: JsonRecord, _context: OperationContext): Answer => invalid([], "not served yet")
