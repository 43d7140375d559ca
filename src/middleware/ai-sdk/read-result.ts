import { writeValue } from './json.js'
import type { FilePart, ReadFile, ResultOutput, TextPart } from './prompt.js'
import type { PartLink } from './read-prompt.js'

/**
 * A tool's result as the content of a tool message: text, or parts when there are files in it.
 *
 * @param link hands a part to the renderer.
 */
export function readResult<File extends FilePart>(
  output: ResultOutput,
  readFile: ReadFile<File>,
  link: (part: TextPart | File) => PartLink,
): string | PartLink[] {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value
    case 'json':
    case 'error-json':
      return writeValue(output.value)
    case 'execution-denied':
      return output.reason ?? 'Tool call execution denied.'
    case 'content': {
      const parts = output.value.flatMap((item): (TextPart | File)[] => {
        if (item.type === 'text') return [{ type: 'text', text: item.text }]
        const file = readFile(item)
        if (file !== undefined) return [file]
        const { providerOptions: _, ...rest } = item
        // A custom part has nothing but its provider's options.
        return item.type === 'custom' ? [] : [{ type: 'text', text: writeValue(rest) }]
      })
      const texts = parts.map((part) => (part.type === 'text' ? part.text : undefined))
      return texts.includes(undefined) ? parts.map(link) : texts.join('\n')
    }
  }
}
