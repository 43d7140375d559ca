import type { Script } from '../../upstreams/local/stand-ins/script.js'

/** A model that asks for the weather, and says it. */
export const script: Script = {
  replies: (prompt) =>
    prompt.includes('<tool_response>')
      ? 'It is 18 °C in Paris.'
      : '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
}
