export type { Fields } from '../../fields.js'
export type { CallDelivery } from '../call-hold.js'
export type { Untouched } from '../chat-completions/protocol.js'
export type { ReplyEnd } from '../reply-end.js'
export type { ChatBody } from '../surface.js'
export { createDashScopeEvents, type DashScopeEventsHead, type DashScopeWriter } from './events.js'
export type {
  DashScopeAnswer,
  DashScopeChoice,
  DashScopeHead,
  DashScopeMessage,
  DashScopeToolCall,
  DashScopeUsage,
  MessageOutput,
  TextOutput,
} from './protocol.js'
export { readDashScopeRequest } from './request.js'
export { createDashScopeResponse, type DashScopeCollector } from './whole.js'
