import type { Dialect } from './dialects/dialect.js'
import type { ParserEvent } from './events.js'
import type { Tool, ToolChoice } from './request.js'

export interface ParserOptions {
  dialect?: Dialect | string
  tools?: Tool[]
  toolChoice?: ToolChoice
  parallelToolCalls?: boolean
  prefill?: string
  createId?: () => string
}

export interface Parser {
  push(chunk: string): ParserEvent[]
  end(reason?: string): ParserEvent[]
}

/** A stand-in: finds `<tool_call>{json}</tool_call>` and `<think>`, and repairs nothing. */
export function createParser(options: ParserOptions = {}): Parser {
  if (options.dialect === 'no-such-dialect') throw new Error('dialect: there is no dialect "no-such-dialect"')
  const custom = new Set(
    (options.tools ?? []).flatMap((tool) => (tool.type === 'custom' ? [tool.custom.name] : [])),
  )
  const marks = options.toolChoice === 'none' ? ['<think>'] : ['<tool_call>', '<think>']
  let held = options.prefill ?? ''
  let calls = 0
  let cut = false
  let open = ''

  const createId =
    options.createId ??
    (() => `call_${Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join('')}`)

  function call(body: string): ParserEvent[] {
    const { name } = JSON.parse(body) as { name: string }
    const raw = body.slice(body.indexOf('"arguments":') + 12, body.lastIndexOf('}')).trim()
    const index = calls++
    const isCustom = custom.has(name)
    const text = isCustom ? (JSON.parse(raw) as { input: string }).input : raw
    return [
      { type: 'tool-call-start', index, id: createId(), name, ...(isCustom && { custom: true as const }) },
      { type: 'tool-call-arguments', index, text: text.slice(0, 5) },
      { type: 'tool-call-arguments', index, text: text.slice(5) },
      { type: 'tool-call-end', index, changes: [], violations: [] },
    ]
  }

  function drain(final: boolean): ParserEvent[] {
    const events: ParserEvent[] = []
    for (;;) {
      if (cut) held = ''
      if (!open) {
        const at = Math.min(...marks.map((mark) => held.indexOf(mark)).filter((place) => place >= 0))
        const safe = Number.isFinite(at) ? at : final ? held.length : held.length - pending(held, marks)
        const text =
          Number.isFinite(at) && held.startsWith('<tool', at)
            ? held.slice(0, safe).trimEnd()
            : held.slice(0, safe)
        if (text.trim() || (text && calls === 0)) events.push({ type: 'text', text })
        held = held.slice(safe)
        if (!Number.isFinite(at)) return events
        open = held.startsWith('<think>') ? '<think>' : '<tool_call>'
        held = held.slice(open.length)
      }
      const close = open === '<think>' ? '</think>' : '</tool_call>'
      const at = held.indexOf(close)
      if (at < 0) {
        if (!final) return events
        if (open === '<think>') events.push({ type: 'reasoning', text: held })
        else if (held.trim().endsWith('}}')) events.push(...call(held))
        else {
          cut = true
          events.push({
            type: 'tool-call-incomplete',
            index: calls,
            id: createId(),
            name: null,
            text: held,
            changes: [],
          })
        }
        return events
      }
      const body = held.slice(0, at)
      held = held.slice(at + close.length)
      if (open === '<think>') {
        events.push({ type: 'reasoning', text: body.trim() })
        held = held.trimStart()
      } else {
        events.push(...call(body))
        held = held.trimStart()
        if (options.parallelToolCalls === false) cut = true
      }
      open = ''
    }
  }

  return {
    push(chunk) {
      held += chunk
      return drain(false)
    },
    end(reason = 'stop') {
      const events = drain(true)
      const incomplete = events.some((event) => event.type === 'tool-call-incomplete')
      const finish = incomplete ? 'length' : reason === 'stop' && calls > 0 ? 'tool_calls' : reason
      return [...events, { type: 'finish', reason: finish, calls }]
    },
  }
}

function pending(text: string, marks: string[]): number {
  const most = Math.max(...marks.map((mark) => mark.length - 1))
  for (let length = Math.min(most, text.length); length > 0; length--) {
    const end = text.slice(-length)
    if (marks.some((mark) => mark.startsWith(end))) {
      const before = text.slice(0, -length)
      return text.length - before.trimEnd().length
    }
  }
  return /\s*$/.exec(text)?.[0].length ?? 0
}
