export type { CallDelivery } from '../call-hold.js'
export type { CompletionHead } from '../chat-completions/protocol.js'
export type { HostedToolOptions } from '../hosted-tools.js'
export type { ReplyEnd } from '../reply-end.js'
export type { ChatBody } from '../surface.js'
export {
  createResponseEvents,
  type Failure,
  type ResponseEventOptions,
  type ResponseWriter,
} from './events.js'
export type {
  CustomCallItem,
  FunctionCallItem,
  ItemStatus,
  MessageItem,
  OutputItem,
  OutputText,
  ReasoningItem,
  ReasoningText,
  Response,
  ResponseEvent,
  ResponseUsage,
  SummaryText,
} from './protocol.js'
export { readResponsesRequest } from './request.js'
export { createResponse } from './whole.js'
