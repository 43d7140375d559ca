import { type Fields, isFields } from '../../fields.js'

/** A block of the request and where it stands, `messages[0].content[1]`. */
export interface PlacedBlock {
  block: Fields
  field: string
}

/** A content part as Chat Completions has it. */
export type ChatPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'file'; file: { filename: string; file_data: string } }

/**
 * The blocks of some content: a string is one of them.
 *
 * @throws Error when it is neither text nor a list of blocks.
 */
export function readBlocks(content: unknown, field: string): PlacedBlock[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ block: { type: 'text', text: content }, field }]
  if (!Array.isArray(content)) throw new Error(`${field} must be text or a list of content blocks`)
  return content.map((block: unknown, index) => {
    const place = `${field}[${index}]`
    if (!isFields(block)) throw new Error(`${place} must be a content block, as in { type: 'text', text }`)
    return { block, field: place }
  })
}

/**
 * Blocks as the content of a message: one text where all of it is text, else parts. Text blocks that follow each other are
 * joined with a line break.
 *
 * @throws Error naming the block that a model which writes text cannot be shown.
 */
export function contentOf(blocks: readonly PlacedBlock[]): string | ChatPart[] {
  const parts: ChatPart[] = []
  for (const part of blocks.flatMap(partsOf)) {
    const before = parts.at(-1)
    if (part.type === 'text' && before?.type === 'text') {
      parts[parts.length - 1] = { type: 'text', text: `${before.text}\n${part.text}` }
    } else parts.push(part)
  }
  const [first, ...others] = parts
  if (first === undefined) return ''
  return first.type === 'text' && others.length === 0 ? first.text : parts
}

function partsOf({ block, field }: PlacedBlock): ChatPart[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: textIn(block, 'text', field) }]
    case 'image':
      return [imageOf(block, field)]
    case 'document':
      return documentOf(block, field)
    case 'search_result':
      return titled(
        [block.title, block.source],
        readBlocks(block.content, `${field}.content`).flatMap(partsOf),
      )
    case undefined:
      throw new Error(`${field}.type: give the type of the block, as in { type: 'text', text }`)
    default:
      throw new Error(
        `${field}.type: a block of type ${JSON.stringify(block.type)} cannot be shown to this model, leave it out`,
      )
  }
}

function imageOf({ source }: Fields, field: string): ChatPart {
  const { type, media_type, data, url }: Fields = isFields(source) ? source : {}
  if (type === 'base64' && typeof data === 'string') {
    return { type: 'image_url', image_url: { url: `data:${media_type};base64,${data}` } }
  }
  if (type === 'url' && typeof url === 'string') return { type: 'image_url', image_url: { url } }
  throw new Error(`${field}.source: give the image as base64 or by its url`)
}

function documentOf({ source, title, context }: Fields, field: string): ChatPart[] {
  const { type, media_type, data, content }: Fields = isFields(source) ? source : {}
  if (type === 'text' && typeof data === 'string') {
    return titled([title, context], [{ type: 'text', text: data }])
  }
  if (type === 'content') {
    return titled([title, context], readBlocks(content, `${field}.source.content`).flatMap(partsOf))
  }
  if (type === 'base64' && typeof data === 'string') {
    const filename = typeof title === 'string' && title !== '' ? title : 'document.pdf'
    const file = { filename, file_data: `data:${media_type};base64,${data}` }
    return titled([context], [{ type: 'file', file }])
  }
  throw new Error(`${field}.source: give the document as text, as content or as base64`)
}

function titled(lines: unknown[], parts: ChatPart[]): ChatPart[] {
  const text = lines.filter((line) => typeof line === 'string' && line !== '').join('\n')
  return text === '' ? parts : [{ type: 'text', text }, ...parts]
}

/** @throws Error naming the field when it is no text. */
export function textIn(block: Fields, name: string, field: string): string {
  const text = block[name]
  if (typeof text !== 'string') throw new Error(`${field}.${name} must be text`)
  return text
}
