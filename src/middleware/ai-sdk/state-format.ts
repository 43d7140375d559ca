import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import stateAnswer from '../../../templates/json-answer.hbs'
import { writeJson } from '../../render/json.js'
import type { FilePart, OtherPart } from './prompt.js'
import type { ReadPrompt } from './read-prompt.js'

export type JsonFormat = Extract<LanguageModelV4CallOptions['responseFormat'], { type: 'json' }>

/** The prompt with the format of the answer in its first system message: for a server that must not enforce it. */
export function stateFormat<File extends FilePart, Other extends OtherPart>(
  { messages, places, turns }: ReadPrompt<File, Other>,
  { description = '', schema }: JsonFormat,
): ReadPrompt<File, Other> {
  const words = stateAnswer({ description, schema: schema === undefined ? '' : writeJson(schema) })
  const [first, ...others] = messages
  if (first?.role === 'system') {
    const content = `${first.content}\n\n${words}`
    return { messages: [{ ...first, content }, ...others], places, turns }
  }
  return {
    messages: [{ role: 'system', content: words }, ...messages],
    places: [0, ...places],
    turns: [{ role: 'system', providerOptions: undefined }, ...turns],
  }
}
