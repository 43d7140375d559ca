export type { ErrorFields } from '../../error-fields.js'
export type { HostedToolOptions } from '../hosted-tools.js'
export type { ReplyEnd } from '../reply-end.js'
export type { ChatBody } from '../surface.js'
export { type MessageError, messageError } from './error.js'
export { createMessageEvents, type MessageEventWriter } from './events.js'
export type {
  BlockDelta,
  ContentBlock,
  DeltaUsage,
  Message,
  MessageDelta,
  MessageEnd,
  MessageEvent,
  MessageHead,
  MessageOptions,
  StopReason,
  TextBlock,
  ThinkingBlock,
  ToolUseBlock,
  Usage,
} from './protocol.js'
export { readMessagesRequest } from './request.js'
export { createMessage, type MessageWriter } from './whole.js'
