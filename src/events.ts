/**
 * What the parser says about a model's reply, in the order in which it is known. Adapters turn these into protocol
 * messages; nothing downstream reads the reply itself.
 *
 * @example
 * // `Sure.<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>`
 * { type: 'text', text: 'Sure.' }
 * { type: 'tool-call-start', index: 0, id: 'call_…', name: 'add' }
 * { type: 'tool-call-arguments', index: 0, text: '{"a": 1}' }
 * { type: 'tool-call-end', index: 0, changes: [], violations: [] }
 * { type: 'finish', reason: 'tool_calls', calls: 1 }
 */
export type ParserEvent =
  | TextEvent
  | ReasoningEvent
  | ToolCallStartEvent
  | ToolCallArgumentsEvent
  | ToolCallEndEvent
  | ToolCallIncompleteEvent
  | NoticeEvent
  | FinishEvent

/**
 * Text for the user. Adjacent pieces may come as one event or as several.
 *
 * @example { type: 'text', text: 'Let me look.' }
 */
export interface TextEvent {
  type: 'text'
  text: string
}

/**
 * What the model thought, without its marks.
 *
 * @example { type: 'reasoning', text: 'The user wants the weather.' }
 */
export interface ReasoningEvent {
  type: 'reasoning'
  text: string
}

/**
 * A call whose name is settled and whose arguments have begun. It may still turn out to be cut short.
 *
 * @example { type: 'tool-call-start', index: 0, id: 'call_…', name: 'add' }
 */
export interface ToolCallStartEvent {
  type: 'tool-call-start'
  /** The place of the call in the reply, dense from 0. */
  index: number
  id: string
  name: string
  /** Set when the tool was declared with `type: "custom"`: its argument text is then free text and not JSON. */
  custom?: true
}

/**
 * The next piece of a call's arguments. The pieces of a finished function call join to one JSON object.
 *
 * @example { type: 'tool-call-arguments', index: 0, text: '{"a": ' }
 */
export interface ToolCallArgumentsEvent {
  type: 'tool-call-arguments'
  index: number
  text: string
}

/**
 * The call is complete.
 *
 * @example { type: 'tool-call-end', index: 0, changes: [], violations: [] }
 */
export interface ToolCallEndEvent {
  type: 'tool-call-end'
  index: number
  /** What was repaired or made to fit; none in a call that was well-formed. */
  changes: Change[]
  /** What does not fit the tool's schema; the call is passed on all the same. */
  violations: Violation[]
}

/**
 * The model stopped inside a call. A call that had started keeps its index and id; it has no end event. `name` is
 * `null` when the model had not come to it.
 *
 * @example { type: 'tool-call-incomplete', index: 0, id: 'call_…', name: 'add', text: '1', changes: [] }
 */
export interface ToolCallIncompleteEvent {
  type: 'tool-call-incomplete'
  index: number
  id: string
  name: string | null
  /** What the model wrote of the call and no earlier event has given. */
  text: string
  changes: Change[]
}

/**
 * Something that was dropped, limited or decided outside a call.
 *
 * @example { type: 'notice', change: { kind: 'text-in-block', offset: 12, count: 1, message: 'text inside the marks …' } }
 */
export interface NoticeEvent {
  type: 'notice'
  change: Change
}

/**
 * The last event. `calls` counts the complete ones.
 *
 * @example { type: 'finish', reason: 'tool_calls', calls: 1 }
 */
export interface FinishEvent {
  type: 'finish'
  /** `tool_calls` where a call is complete and the model stopped by itself, `length` where one was cut short. */
  reason: FinishReason
  calls: number
}

/**
 * Chat Completions' finish reasons; an upstream's own words pass through.
 *
 * @example if (event.type === 'finish' && event.reason === 'length') askForMoreTokens()
 */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | (string & {})

/**
 * One thing that repair or alignment changed in what the model wrote. Alike repairs in one call are one entry with a
 * count; values that were made to fit have an entry each, up to 32 in a call.
 *
 * @example { kind: 'raw-newline', offset: 57, count: 3, message: 'line breaks in a string were escaped' }
 * @example
 * { kind: 'text-to-number', offset: 48, count: 1, message: 'text was written as the number that it holds',
 *   path: '/days', before: '"5"', after: '5' }
 */
export interface Change {
  /** What was done; docs/changes.md has them all. */
  kind: ChangeKind
  /**
   * Where the first one stands: UTF-16 units from the start of the reply. Where there is a `path`, the arguments begin there.
   */
  offset: number
  /** How often in this call, or outside of calls. */
  count: number
  /** The change in words a person understands. */
  message: string
  /** What the model wrote, where it is in no other event. */
  text?: string
  /** Where in the arguments a value was made to fit its schema: a JSON pointer. */
  path?: string
  /** The beginning of what the model wrote there, as JSON. */
  before?: string
  /** The beginning of what it was made, as JSON; left out for what was left out. */
  after?: string
}

/**
 * Every kind of change; docs/changes.md has the words that go with each, and they are a change's `message`.
 *
 * @example const isRepaired = call.changes.some(({ kind }) => kind === 'single-quotes')
 */
export type ChangeKind = keyof typeof import('./changes.js').changeMessages

/**
 * An argument that does not fit the tool's schema; `describeViolations` puts them in words for the model.
 *
 * @example { path: '/days', expected: 'integer', found: 'string "soon"' }
 * @example { path: '', expected: 'required property "city"', found: 'nothing' }
 */
export interface Violation {
  /** A JSON pointer into the arguments, `""` for the whole. */
  path: string
  /** What the schema asks for, in words. */
  expected: string
  /** What the model gave, its beginning. */
  found: string
}
