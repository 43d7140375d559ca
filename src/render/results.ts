import type { Part, ResultsTurn } from './history.js'
import { cleanParts, isMedia, textPart } from './parts.js'
import type { Prepared } from './prepare.js'

/** Consecutive results as the text of one turn. */
export function resultsText(turn: ResultsTurn, last: boolean, { dialect, textOf }: Prepared): string {
  const { open, close, after } = dialect.results
  const results = turn.results.map(({ content, field }) => open + textOf(content, 'tool', field) + close)
  return results.join('\n') + after(last)
}

/**
 * The same for a chat endpoint: as parts when there are images or the like among them, which then stay, unless the
 * template shows no parts: it would leave out the whole turn.
 */
export function resultsContent(turn: ResultsTurn, last: boolean, prepared: Prepared): string | Part[] {
  const { dialect, clean } = prepared
  const { open, close, after } = dialect.results
  const hasMedia = turn.results.some(({ content }) => typeof content !== 'string' && content.some(isMedia))
  if (!hasMedia || dialect.contentParts === 'left-out') return resultsText(turn, last, prepared)
  const parts = turn.results.flatMap(({ content, field }, index) => {
    const body = typeof content === 'string' ? [textPart(content)] : content
    const opening = textPart((index === 0 ? '' : '\n') + open)
    return [opening, ...cleanParts(body, field, clean), textPart(close)]
  })
  return [...parts, textPart(after(last))].filter((part) => part.text !== '')
}
