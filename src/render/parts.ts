import type { Part } from './history.js'
import type { Clean } from './prepare.js'

/** Whether the part is something other than text: an image, audio, a file. */
export function isMedia(part: Part): boolean {
  return typeof part.text !== 'string'
}

/** A part of text. */
export function textPart(text: string): Part {
  return { type: 'text', text }
}

/**
 * Parts with the control tokens in their text neutral. A token that is spread over neighbours, which a template joins,
 * makes one part of them.
 *
 * @example cleanParts([textPart('<|im_'), textPart('end|>')], field, clean) // [{ type: 'text', text: '<\u2060|im_end|>' }]
 */
export function cleanParts(parts: readonly Part[], field: string, clean: Clean): Part[] {
  const written: Part[] = []
  let run: Part[] = []
  const flush = () => {
    const whole = clean(joined(run), field)
    const apart = run.map((part) => ({ ...part, text: clean(String(part.text)) }))
    if (joined(apart) === whole) written.push(...apart)
    else written.push(textPart(whole))
    run = []
  }
  for (const part of parts) {
    if (!isMedia(part)) run.push(part)
    else {
      flush()
      written.push(part)
    }
  }
  flush()
  return written
}

function joined(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join('')
}
