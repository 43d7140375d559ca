import type { createColors } from 'picocolors'
import { type Fields, isFields } from '../../fields.js'
import { printable } from '../terminal-text.js'

type Colors = ReturnType<typeof createColors>

/**
 * The exchanges of a trace as a person reads them: for each what was sent, what the model wrote, what was made of it and
 * why. Exchanges that ran at the same time stand one after the other, in the order in which they began; a line that is no
 * entry is left out and counted.
 *
 * @param lines the lines of the file that `toolshim serve --trace` wrote.
 * @param only shows the exchanges whose id, or whose request's id, begins so.
 */
export function formatTrace(lines: Iterable<string>, colors: Colors, only = ''): string {
  const exchanges = new Map<string, Fields[]>()
  let unread = 0
  for (const line of lines) {
    const entry = readEntry(line)
    if (entry === undefined) {
      unread++
      continue
    }
    const id = String(entry.id)
    const entries = exchanges.get(id) ?? []
    exchanges.set(id, entries)
    entries.push(entry)
  }
  const shown = [...exchanges.values()].filter(([first]) =>
    [first?.id, first?.requestId].some((id) => typeof id === 'string' && id.startsWith(only)),
  )
  const parts = shown.map((entries) => formatExchange(entries, colors))
  if (shown.length === 0) parts.push('no exchanges\n')
  if (unread > 0)
    parts.push(`${unread === 1 ? '1 line is no entry' : `${unread} lines are no entries`} of a trace.\n`)
  return parts.join('\n')
}

/** Whether a line is an entry of a trace. */
export function isTraceLine(line: string): boolean {
  return readEntry(line) !== undefined
}

function readEntry(line: string): Fields | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return isFields(entry) && typeof entry.id === 'string' && typeof entry.type === 'string'
      ? entry
      : undefined
  } catch {
    return undefined
  }
}

function formatExchange(entries: Fields[], colors: Colors): string {
  const [first = {}] = entries
  const out: string[] = []
  const title = (text: string) => out.push(`  ${colors.bold(text)}`)
  const block = (text: string, paint: (text: string) => string = String) => {
    for (const line of text.split('\n')) out.push(`    ${colors.dim('│')} ${paint(printable(line))}`)
  }
  const field = (name: string, text: string, paint: (text: string) => string = String) =>
    out.push(`    ${colors.dim(name.padEnd(10))} ${paint(printable(text))}`)

  out.push(
    colors.bold(
      [first.time, first.id, first.requestId && `request ${first.requestId}`]
        .filter(Boolean)
        .map(show)
        .join('  '),
    ),
  )
  const request = entries.find(({ type }) => type === 'request')
  if (request) {
    title(`asked in ${show(request.surface)}, sent to ${show(request.url)}`)
    for (const { label, text } of sentParts(request.sent)) {
      out.push(`    ${colors.cyan(label)}`)
      block(text)
    }
    if (request.prefill) field('prefill', String(request.prefill))
  }
  const status = entries.find(({ type }) => type === 'status')?.status
  const choices = new Set(
    entries.filter(({ choice }) => typeof choice === 'number').map(({ choice }) => choice),
  )
  for (const choice of choices) {
    const own = entries.filter((entry) => entry.choice === choice)
    const which = choices.size > 1 ? ` (choice ${choice})` : ''
    title(`the model wrote${which}, status ${show(status)}`)
    const written = own.filter(({ type }) => type === 'written')
    const reasoning = joined(written, 'reasoning')
    if (reasoning) block(reasoning, colors.dim)
    block(joined(written, 'text'))
    title(`what was made of it${which}`)
    for (const { name, text, paint } of madeOf(own.map(({ event }) => event).filter(isFields), colors)) {
      field(name, text, paint)
    }
  }
  if (choices.size === 0 && status !== undefined) title(`status ${show(status)}, nothing was read`)
  for (const { error } of entries.filter(({ type }) => type === 'error')) {
    field('error', isFields(error) ? String(error.message) : show(error), colors.red)
  }
  return `${out.join('\n')}\n`
}

/** What the model was given: the messages, or the prompt. */
function sentParts(sent: unknown): { label: string; text: string }[] {
  let body: unknown
  try {
    body = JSON.parse(String(sent))
  } catch {
    return []
  }
  if (!isFields(body)) return []
  const { input } = body
  const messages = body.messages ?? (isFields(input) ? input.messages : undefined)
  if (Array.isArray(messages)) {
    return messages.filter(isFields).map(({ role, content }) => ({
      label: show(role),
      text: typeof content === 'string' ? content : show(content),
    }))
  }
  const prompt = body.prompt ?? body.inputs
  return typeof prompt === 'string' ? [{ label: 'prompt', text: prompt }] : []
}

interface Line {
  name: string
  text: string
  paint?: (text: string) => string
}

/** The events, with pieces of one thing joined. */
function madeOf(events: Fields[], colors: Colors): Line[] {
  const lines: Line[] = []
  const calls = new Map<unknown, Line>()
  const changes = (of: unknown) => {
    for (const change of Array.isArray(of) ? of.filter(isFields) : []) {
      const times = Number(change.count) > 1 ? `, ${change.count} times` : ''
      lines.push({
        name: '  changed',
        text: `${show(change.message)} (${show(change.kind)}${times})`,
        paint: colors.yellow,
      })
    }
  }
  for (const event of events) {
    const last = lines.at(-1)
    switch (event.type) {
      case 'text':
      case 'reasoning':
        if (last?.name === event.type) last.text += String(event.text)
        else
          lines.push({
            name: event.type,
            text: String(event.text),
            ...(event.type === 'reasoning' && { paint: colors.dim }),
          })
        break
      case 'tool-call-start': {
        const line = { name: `call ${show(event.index)}`, text: `${show(event.name)} `, paint: colors.green }
        calls.set(event.index, line)
        lines.push(line)
        break
      }
      case 'tool-call-arguments': {
        const call = calls.get(event.index)
        if (call) call.text += String(event.text)
        break
      }
      case 'tool-call-end':
        changes(event.changes)
        for (const violation of Array.isArray(event.violations) ? event.violations.filter(isFields) : []) {
          const text = `${show(violation.path) || 'the arguments'}: expected ${show(violation.expected)}, found ${show(violation.found)}`
          lines.push({ name: '  does not fit', text, paint: colors.red })
        }
        break
      case 'tool-call-incomplete':
        lines.push({ name: 'cut short', text: `${show(event.name)} ${show(event.text)}`, paint: colors.red })
        changes(event.changes)
        break
      case 'notice':
        changes([event.change])
        break
      case 'finish':
        lines.push({
          name: 'finish',
          text: `${show(event.reason)}, ${show(event.calls)} complete ${event.calls === 1 ? 'call' : 'calls'}`,
        })
    }
  }
  return lines
}

function joined(entries: Fields[], name: string): string {
  return entries.map((entry) => (typeof entry[name] === 'string' ? entry[name] : '')).join('')
}

function show(value: unknown): string {
  return printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? '?'))
}
