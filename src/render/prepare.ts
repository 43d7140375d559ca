import type { AssistantText, Dialect, TurnPlace } from '../dialects/dialect.js'
import { type AnyDialect, dialectOf } from '../dialects/index.js'
import { type NormalRequest, normaliseRequest, type ToolRequest } from '../request.js'
import { writeArguments } from './arguments.js'
import { checkDialectToRender, checkRenderOptions } from './check-options.js'
import { type AssistantTurn, type Part, readHistory, type TextTurn, type Turn } from './history.js'
import { writeJson } from './json.js'
import { neutralise } from './neutralise.js'
import { createReport, type RenderWarning, type Report } from './report.js'

/**
 * What both ways of rendering can be told.
 *
 * @example { dialect: 'qwen3', onWarning: ({ field, message }) => console.warn(field, message) }
 */
export interface RenderOptions<D extends AnyDialect = AnyDialect> {
  /** The id of a known dialect or an object of your own (`defineDialect`); `qwen3` by default. */
  dialect?: D
  /** Called for everything that was changed, left out or taken on trust. */
  onWarning?: (warning: RenderWarning) => void
  /** `"strict"` makes an error of history that the protocol would not have; `"lenient"` is the default. */
  history?: 'lenient' | 'strict'
  /** `false` leaves the dialect's control tokens in data as they are: whoever writes them then writes turns. */
  neutralise?: boolean
  /**
   * `true` joins content whose parts are all text before the dialect sees it. Some templates print nothing for content
   * given as parts and by default a prompt follows them, with a warning; an app that sends parts wants its text shown.
   */
  joinText?: boolean
}

/** Text with the control tokens in it neutralised, reported once for the field when one is named. */
export type Clean = (text: string, field?: string) => string

/** A request read and checked, and what writing it down takes. */
export interface Prepared {
  request: NormalRequest
  dialect: Dialect
  turns: Turn[]
  report: Report
  clean: Clean
  place(index: number): TurnPlace
  /** Whether the dialect shows a turn there; if not, that is told. */
  shows(turn: Turn, index: number): boolean
  /** The same of content given as parts. */
  showsParts(role: Turn['role'], field: string): boolean
  /** Content as the text that the dialect shows for it. */
  textOf(content: string | Part[], role: Turn['role'], field: string): string
  /** What a turn says, in the same way. */
  said(turn: TextTurn | AssistantTurn): string
  assistantText(turn: AssistantTurn): AssistantText
}

/** @throws Error naming the field when an option, the request, the dialect or (if strict) the history is not valid. */
export function prepare(input: ToolRequest, options: RenderOptions): Prepared {
  checkRenderOptions(options)
  const dialect = dialectOf(options.dialect)
  checkDialectToRender(dialect)
  const request = normaliseRequest(input)
  const report = createReport(options.history ?? 'lenient', options.onWarning)
  const history = readHistory(request.messages, report, dialect.results.apart)
  const turns = options.joinText ? history.map(joinText) : history
  const question = lastQuestion(turns)

  function clean(text: string, field?: string): string {
    if (options.neutralise === false) return text
    const neutral = neutralise(text, dialect.controlTokens)
    if (neutral !== text && field !== undefined) {
      report.warn(field, 'control tokens of the model in it were neutralised with U+2060')
    }
    return neutral
  }

  function shows(turn: Turn, index: number): boolean {
    const isShown = turn.role !== 'system' || index === 0 || dialect.laterSystem === 'kept'
    if (!isShown) report.warn(turn.field, `${dialect.id} shows no system message but the first`)
    return isShown
  }

  function showsParts(role: Turn['role'], field: string): boolean {
    const isShown = dialect.contentParts === 'text' || role === 'system' || role === 'tool'
    if (!isShown) {
      report.warn(field, `${dialect.id} shows no content given as parts (joinText: true joins its text)`)
    }
    return isShown
  }

  function said({ content, role, field }: TextTurn | AssistantTurn): string {
    return textOf(content, role, `${field}.content`)
  }

  function textOf(content: string | Part[], role: Turn['role'], field: string): string {
    if (typeof content === 'string') return clean(content, field)
    if (!showsParts(role, field)) return ''
    const showsMedia = role === 'user' || role === 'tool'
    // Text is collected before it is cleaned: a token could be spread over two parts.
    let written = ''
    let text = ''
    content.forEach((part, index) => {
      const media = showsMedia ? dialect.media(part) : undefined
      if (media !== undefined) {
        written += clean(text, field) + media
        text = ''
      } else if (typeof part.text === 'string') {
        text += part.text
      } else {
        report.warn(
          `${field}[${index}]`,
          `a part of type ${JSON.stringify(part.type)} has no place here and is left out`,
        )
      }
    })
    return written + clean(text, field)
  }

  function assistantText(turn: AssistantTurn): AssistantText {
    let content = said(turn)
    if (content !== '' && turn.calls.length > 0 && dialect.textBesideCalls === 'left-out') {
      report.warn(`${turn.field}.content`, `${dialect.id} shows no text beside calls: it is left out`)
      content = ''
    }
    const { reasoning } = turn
    return {
      content,
      inParts: typeof turn.content !== 'string' && turn.content.length > 0,
      reasoning: reasoning === undefined ? undefined : clean(reasoning, `${turn.field}.reasoning_content`),
      calls: turn.calls.map((call) => {
        const args = writeArguments(call.args, dialect.argumentStrings, call.field, report)
        return dialect.call(clean(writeJson(call.name), call.field), clean(args, call.field))
      }),
    }
  }

  return {
    request,
    dialect,
    turns,
    report,
    clean,
    place: (index) => ({ last: index === turns.length - 1, current: question !== -1 && index > question }),
    shows,
    showsParts,
    textOf,
    said,
    assistantText,
  }
}

function joinText(turn: Turn): Turn {
  if (turn.role === 'tool' || typeof turn.content === 'string') return turn
  if (turn.content.some((part) => typeof part.text !== 'string')) return turn
  return { ...turn, content: plainText(turn.content) }
}

function plainText(content: string | Part[]): string {
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('')
}

/** The user's last turn that asks something; one that is wrapped as a result is a result. -1 when there is none. */
function lastQuestion(turns: Turn[]): number {
  return turns.findLastIndex((turn) => {
    if (turn.role !== 'user') return false
    const text = plainText(turn.content)
    return !(text.startsWith('<tool_response>') && text.endsWith('</tool_response>'))
  })
}
