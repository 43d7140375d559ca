export type { Fields } from '../../fields.js'
export { createChatCompletionChunks } from './chunks.js'
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
  ToolCallDelta,
  Untouched,
} from './protocol.js'
export { createChatCompletion } from './whole.js'
