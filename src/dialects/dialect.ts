/**
 * A pair of marks around something in the model's text.
 *
 * @example { open: '<think>', close: '</think>' }
 */
export interface Marks {
  open: string
  close: string
}

/**
 * The marks of a call. Some families write only the first.
 *
 * @example
 * { open: '<tool_call>', close: '</tool_call>' }
 * { open: '<function_call>' }
 */
export interface CallMarks {
  open: string
  close?: string | undefined
}

/**
 * Tokens that open or end a turn. In data they are neutralised, in a reply they end what is open.
 *
 * @example { start: '<|im_start|>', end: '<|im_end|>', others: ['<|endoftext|>'] }
 */
export interface ControlTokens {
  /** What begins a turn. */
  start: string
  /** What ends it. */
  end: string
  /** All others that data must not write, such as the begin token. */
  others: string[]
}

/**
 * What a parser has to know of a dialect.
 *
 * @example
 * {
 *   grammar: 'json',
 *   marks: { call: { open: '<call>', close: '</call>' } },
 *   controlTokens: { start: '[TURN]', end: '[END]', others: [] },
 * }
 */
export interface SpokenDialect {
  /**
   * How a call is spelled between the marks, or on its own where there are none:
   * `json`: `{"name": "add", "arguments": {"a": 1}}`, alone, in a list or in an object around it;
   * `named`: `add`, a line break, `{"a": 1}`;
   * `python`: `add(a=1)`, alone or in a list.
   */
  grammar: 'json' | 'named' | 'python'
  /** `call` is left out where calls stand without marks, each at the start of a line. */
  marks: { call?: CallMarks; reasoning?: Marks }
  /** The tokens that open and end a turn. */
  controlTokens: ControlTokens
  /** The name that the model calls when no tool fits, such as `no_function`. */
  noCall?: string
}

/**
 * The role of results in a prompt and in messages. The protocols' own are `user` and `tool`.
 *
 * @example defineDialect({ id: 'mine', template, results: { role: 'tool', open: '', close: '', after: () => '' } })
 */
export type ResultRole = 'user' | 'tool' | 'observation'

/**
 * One model family's agreement: how tools are shown, how a call and a result are written, which marks and stop strings
 * are used. The parser reads what is spoken; the renderer reads all.
 *
 * "The template" below is the chat template that the family publishes: a prompt has to have its bytes.
 *
 * @example
 * dialects.get('qwen3')?.marks.call // { open: '<tool_call>', close: '</tool_call>' }
 * const mine = defineDialect({ id: 'mine', template: ({ tools }) => tools.map(({ json }) => json).join('\n') })
 */
export interface Dialect<Role extends ResultRole = ResultRole> extends SpokenDialect {
  /** What messages and errors call it. */
  id: string
  /** Strings at which an upstream should stop generating. */
  stop: string[]

  /** The begin token that the template writes first, `""` when it writes none. */
  bos: string
  /** The words that teach the model the tools: a precompiled file of `templates/`, or any function from view to text. */
  template: (view: ToolPromptView) => string
  /** The system turns at the front, given the app's own system text and the words of `template`, as far as there are any. */
  system: (own: string | undefined, tools: string | undefined) => string[]
  /**
   * Where the tools are shown beside the user's first question instead of in system text: what stands around the
   * question, given the words of `template`. A history in which no user speaks has them in system text all the same.
   */
  question?: (tools: string) => Marks
  /** Whether a system message that is not the first is shown. */
  laterSystem: 'kept' | 'left-out'
  /** What becomes of content given as parts by the user or the assistant: some templates print nothing for a list. */
  contentParts: 'text' | 'left-out'
  /** What stands for a user's or a result's part that is not text (an image's place-holder), if anything can. */
  media: (part: Record<string, unknown>) => string | undefined
  /** A whole turn. */
  turn: (role: string, text: string) => string

  /** One call in history. `name` and `args` are JSON text. */
  call: (name: string, args: string) => string
  /**
   * How the text of a call begins, as far as it is known: `name` is JSON text, or left out. `""` where nothing is known
   * without a name: a request for any call is then stated in the prompt's words.
   */
  callStart: (name: string | undefined) => string
  /** Arguments given as a JSON string are written as they stand, or respelled as the object would be. */
  argumentStrings: 'verbatim' | 'respelled'
  /** Whether text beside calls is shown. */
  textBesideCalls: 'kept' | 'left-out'
  /** An assistant's turn in a prompt: what stands between the role and the end of the turn. */
  assistant: (turn: AssistantText, place: TurnPlace) => string
  /** The message without `tool_calls` that the template turns into the same bytes as the one with them. */
  message: (turn: AssistantText, place: TurnPlace) => { content: string; reasoning_content?: string }
  /**
   * Consecutive results are one turn of `role`: each between the marks, one a line, then `after`. With `apart` each is
   * a turn of its own.
   */
  results: Marks & {
    role: Role
    after: (last: boolean) => string
    apart?: boolean
  }

  /** What a prompt has already put into the assistant's turn. `forced`: a call comes next, so thinking is over. */
  opening: (reasoning: boolean | undefined, forced: boolean) => string
}

/**
 * What a `template` is given. All of it is data: control tokens in it are neutral already.
 *
 * @example template: ({ tools }) => tools.map((tool) => tool.json).join('\n')
 */
export interface ToolPromptView {
  tools: ShownTool[]
}

/**
 * A tool as a `template` sees it.
 *
 * @example
 * { name: 'add', description: 'Adds.', parameters: { type: 'object' }, function: {},
 *   json: '{"type": "function", "function": {"name": "add", "description": "Adds.", …' }
 */
export interface ShownTool {
  name: string
  /** `""` when the declaration has none. */
  description: string
  /** The JSON Schema as declared, `undefined` when there is none. */
  parameters: unknown
  /** The function object of the declaration: what lies beside name, description and parameters. */
  function: Record<string, unknown>
  /** The whole declaration as JSON on one line, spelled as the models saw it. */
  json: string
}

/**
 * What the assistant said in one turn.
 *
 * @example { content: 'Sure.', reasoning: undefined, calls: ['{"name": "add", "arguments": {"a": 1}}'] }
 */
export interface AssistantText {
  /** `""` when there was none. */
  content: string
  /** Whether it was given as parts: to some templates they are text, even where none of them has any. */
  inParts?: boolean
  /** `reasoning_content`, `undefined` when the message has none. */
  reasoning: string | undefined
  /** Each call as `call` wrote it. */
  calls: string[]
}

/**
 * Where a turn stands.
 *
 * @example { last: true, current: true }
 */
export interface TurnPlace {
  /** The last turn of the history. */
  last: boolean
  /** After the user's last question, so that the model's reasoning still counts. */
  current: boolean
}
