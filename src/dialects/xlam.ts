import renderTools from '../../templates/xlam.hbs'
import { isFields } from '../fields.js'
import { writeJson } from '../render/json.js'
import { chatml, jsonCall, jsonCallStart } from './chatml.js'
import { reasoningMarks } from './chatml-marks.js'
import type { AssistantText, Dialect, ShownTool } from './dialect.js'

const defaultSystem =
  'You are an AI assistant for function calling. For politically sensitive questions, security and privacy issues, and other non-computer science questions, you will refuse to answer\n'

/**
 * xLAM-7B-FC-r: one object, `{"tool_calls": [{"name": …, "arguments": …}]}`. Tools stand around the user's question, the
 * first where there are more; a later system message is not shown.
 *
 * The words are `build_prompt` of the model card (https://huggingface.co/Salesforce/xLAM-7b-fc-r). Turns are those of
 * the `chat_template` in the family's GGUF files, which it has from DeepSeek Coder; the system text is from the prompt
 * that Salesforce gave to the Berkeley leaderboard, whose line breaks are read as wrapping. The model was trained on one
 * question, and neither source has results or text beside calls: results are the next question, one a line, and the
 * text is left out. xLAM-2 is another dialect: it writes a list.
 */
export const xlam = {
  ...chatml,
  id: 'xlam',
  marks: { reasoning: reasoningMarks },
  controlTokens: {
    start: '### Instruction:',
    end: '<|EOT|>',
    others: ['### Response:', '<｜begin▁of▁sentence｜>', '<｜end▁of▁sentence｜>'],
  },
  stop: ['<|EOT|>', '### Instruction:'],
  template: ({ tools }) => renderTools({ json: writeJson(tools.map(xlamTool)) }),
  system: (own = defaultSystem, tools = '') => [own + tools],
  question: (tools) => ({ open: `${tools}\n\n[BEGIN OF QUERY]\n`, close: '\n[END OF QUERY]\n\n' }),
  laterSystem: 'left-out',
  turn: (role, text) => {
    switch (role) {
      case 'system':
        return text
      case 'assistant':
        return `${text}<|EOT|>\n`
      default:
        // Whoever asks opens the reply: the template has no generation prompt of its own.
        return `### Instruction:\n${text}\n### Response:`
    }
  },
  call: jsonCall,
  // The name's key as well: an empty list would be no call.
  callStart: (name) => `\n{"tool_calls": [${name === undefined ? '{"name":' : jsonCallStart(name)}`,
  argumentStrings: 'respelled',
  textBesideCalls: 'left-out',
  assistant: (turn) => `\n${written(turn)}\n`,
  message: (turn) => ({ content: written(turn) }),
  results: { role: 'user', open: '', close: '', after: () => '' },
} satisfies Dialect

function written({ content, calls }: AssistantText): string {
  return calls.length === 0 ? content : `{"tool_calls": [${calls.join(', ')}]}`
}

/** `convert_to_xlam_tool` of the model card, which does not show what is required. */
function xlamTool({ name, description, parameters }: ShownTool): object {
  const properties = isFields(parameters) && isFields(parameters.properties) ? parameters.properties : {}
  return { name, description, parameters: properties }
}
