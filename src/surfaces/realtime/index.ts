export type { ReplyEnd } from '../reply-end.js'
export type { CreateRealtimeId } from './client-items.js'
export {
  addRealtimeOutput,
  createRealtimeState,
  type RealtimeAsk,
  type RealtimeOptions,
  type RealtimeState,
  type RealtimeStep,
  reduceRealtime,
} from './conversation.js'
export {
  createRealtimeResponse,
  type RealtimeResponseHead,
  type RealtimeResponseWriter,
} from './response-events.js'
export type * from './server-events.js'
