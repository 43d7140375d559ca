import { type Fields, isFields } from '../../fields.js'

/** A part of content as Chat Completions spells it. */
export interface ChatPart {
  type: string
  [field: string]: unknown
}

/**
 * Content in the shapes of Chat Completions: one text where all of it is text. Parts of other kinds than the protocol's
 * stay as they are.
 *
 * @throws Error naming the field for what only OpenAI could fetch.
 * @example readContent([{ type: 'input_text', text: 'Hi' }], 'input[0].content') // 'Hi'
 */
export function readContent(content: unknown, field: string): string | ChatPart[] {
  if (!Array.isArray(content)) return textOf(content)
  const parts = content.map((part: unknown, index) => readPart(part, `${field}[${index}]`))
  return parts.every((part) => part.type === 'text') ? parts.map((part) => part.text).join('') : parts
}

/** What a call gave: text, parts, or any other JSON as it is. */
export function readOutput(output: unknown, field: string): unknown {
  const isContent = Array.isArray(output) && output.length > 0 && output.every(isOwnPart)
  return isContent ? readContent(output, field) : output
}

function isOwnPart(part: unknown): boolean {
  return isFields(part) && typeof part.type === 'string' && /^(input|output)_/.test(part.type)
}

function readPart(part: unknown, field: string): ChatPart {
  if (!isFields(part)) return textPart(part)
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPart(part.text)
    case 'refusal':
      // The model's own words; templates have no other place for them.
      return textPart(part.refusal)
    case 'input_image':
      return readImage(part, field)
    case 'input_file':
      return readFile(part, field)
    default:
      return { ...part, type: String(part.type) }
  }
}

function readImage({ image_url: url, detail, file_id: id }: Fields, field: string): ChatPart {
  if (typeof url === 'string') {
    return { type: 'image_url', image_url: { url, ...(detail != null && { detail }) } }
  }
  if (id != null)
    throw new Error(`${field}.file_id: the model cannot fetch a file of OpenAI's, give image_url`)
  throw new Error(`${field}.image_url: give the image's address or a data URL`)
}

function readFile(
  { file_data: data, filename, file_id: id, file_url: url }: Fields,
  field: string,
): ChatPart {
  if (typeof data === 'string') {
    return { type: 'file', file: { file_data: data, ...(filename != null && { filename }) } }
  }
  if (id != null)
    throw new Error(`${field}.file_id: the model cannot fetch a file of OpenAI's, give file_data`)
  if (url != null) throw new Error(`${field}.file_url: the model cannot fetch a file, give file_data`)
  throw new Error(`${field}.file_data: give the file, as a data URL`)
}

function textPart(text: unknown): ChatPart {
  return { type: 'text', text: textOf(text) }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value == null ? '' : JSON.stringify(value)
}
