import type {
  LanguageModelV3ToolResultOutput,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider'

export type TextPart = LanguageModelV4TextPart
export type ReasoningPart = LanguageModelV4ReasoningPart
export type ToolCallPart = LanguageModelV4ToolCallPart
export type ProviderOptions = SharedV4ProviderOptions

/**
 * A message of the SDK's prompt, in what the specifications v3 and v4 have in common. `File` is a specification's part
 * for the user's files, `Other` what an assistant's message may hold beside text, reasoning and tools: both are handed
 * through as they are.
 */
export type PromptMessage<File extends FilePart, Other extends OtherPart> = (
  | { role: 'system'; content: string }
  | { role: 'user'; content: (TextPart | File)[] }
  | { role: 'assistant'; content: (TextPart | ReasoningPart | ToolCallPart | ResultPart | Other)[] }
  | { role: 'tool'; content: (ResultPart | { type: 'tool-approval-response' })[] }
) & { providerOptions?: ProviderOptions }

export interface FilePart {
  type: 'file'
}
export interface OtherPart {
  type: 'file' | 'custom' | 'reasoning-file'
}

export type ResultOutput = LanguageModelV3ToolResultOutput | LanguageModelV4ToolResultOutput
export type ResultPart = Omit<LanguageModelV4ToolResultPart, 'output'> & { output: ResultOutput }
/** One thing in a result that is a list of contents. */
export type ResultItem = Extract<ResultOutput, { type: 'content' }>['value'][number]

/** Makes a file for the user's message of one that a tool gave; `undefined` for what is none, or cannot be one. */
export type ReadFile<File extends FilePart> = (item: ResultItem) => File | undefined

/** A message without anything about tools, but for a result that is only text. */
export type PlainMessage<File extends FilePart, Other extends OtherPart> = (
  | { role: 'system'; content: string }
  | { role: 'user'; content: (TextPart | File)[] }
  | { role: 'assistant'; content: (TextPart | ReasoningPart | Other)[] }
  | { role: 'tool'; content: TextResultPart[] }
) & { providerOptions?: ProviderOptions }

export interface TextResultPart {
  type: 'tool-result'
  toolCallId: string
  toolName: string
  output: { type: 'text'; value: string }
  providerOptions?: ProviderOptions
}
