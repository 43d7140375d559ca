export type { Fields } from '../../fields.js'
export type { CallDelivery } from '../call-hold.js'
export { type ChunkOptions, createChatCompletionChunks } from './chunks.js'
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChunkChoice,
  ChunkDelta,
  CompletionChoice,
  CompletionHead,
  CompletionMessage,
  CompletionToolCall,
  CompletionWriter,
  ReasoningField,
  ToolCallDelta,
  Untouched,
} from './protocol.js'
export { createChatCompletion } from './whole.js'
