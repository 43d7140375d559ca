export type { CallDelivery } from '../call-hold.js'
export type { CompletionHead } from '../chat-completions/protocol.js'
export {
  createResponseEvents,
  type Failure,
  type ResponseEventOptions,
  type ResponseWriter,
} from './events.js'
export type {
  CustomCallItem,
  FunctionCallItem,
  MessageItem,
  OutputItem,
  ReasoningItem,
  Response,
  ResponseEvent,
  ResponseUsage,
  SummaryText,
} from './protocol.js'
export { readResponsesRequest } from './request.js'
export { createResponse } from './whole.js'
