export { describeViolations, type ViolatingCall } from './describe-violations.js'
export { type DialectDefinition, defineDialect } from './dialects/define.js'
export type {
  AssistantText,
  CallMarks,
  ControlTokens,
  Dialect,
  Marks,
  ResultRole,
  ShownTool,
  SpokenDialect,
  ToolPromptView,
  TurnPlace,
} from './dialects/dialect.js'
export { type AnyDialect, type DialectName, dialects } from './dialects/index.js'
export type * from './events.js'
export {
  collect,
  createParser,
  defaultLimits,
  type IncompleteCall,
  type Limits,
  type ParsedToolCall,
  type ParseResult,
  type Parser,
  type ParserOptions,
  parse,
} from './parser.js'
export { type RenderedMessages, renderMessages, type UpstreamMessage } from './render/messages.js'
export { neutralise, restore } from './render/neutralise.js'
export type { RenderOptions } from './render/prepare.js'
export { type PromptOptions, type RenderedPrompt, renderPrompt } from './render/prompt.js'
export type { RenderWarning } from './render/report.js'
export type {
  AssistantMessage,
  Content,
  ContentPart,
  CustomTool,
  FunctionMessage,
  FunctionTool,
  Message,
  SystemMessage,
  Tool,
  ToolCall,
  ToolChoice,
  ToolMessage,
  ToolRequest,
  UserMessage,
} from './request.js'
