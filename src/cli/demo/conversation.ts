import { isFields } from '../../fields.js'

/** The demo's two-tool, two-turn conversation. A real model may take other turns; the tools answer it all the same. */
export const question =
  'What will the weather be in Oslo tomorrow? And remind me at 18:00 to pack my passport and charger.'

/** What the replay model says. The second call is written as models write when nothing holds them to JSON. */
export const replies = [
  `<think>
Two separate things: a forecast and a reminder. Neither needs the other, so both tools can be called at once.
</think>

I will look up the forecast and set the reminder.
<tool_call>
{"name": "get_weather", "arguments": {"city": "Oslo", "day": "tomorrow"}}
</tool_call>
<tool_call>
{'name': 'add_reminder', 'arguments': {'at': '18:00', 'text': 'Pack for Oslo:
- passport
- charger',}}
</tool_call>`,
  `<think>
Rain at 6 degrees, and the reminder is set. I can answer now.
</think>

Tomorrow Oslo gets rain at about 6 °C, so take a raincoat. At 18:00 I will remind you to pack your passport and charger.`,
]

/** A tool as the demo declares and runs it. */
export interface DemoTool {
  name: string
  description: string
  parameters: Record<string, unknown>
  run(args: ReadonlyMap<string, unknown>): unknown
}

export const tools: DemoTool[] = [
  {
    name: 'get_weather',
    description: 'Forecast for a city.',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        day: { type: 'string', enum: ['today', 'tomorrow'] },
      },
      required: ['city'],
    },
    run: (args) => ({ city: args.get('city'), day: args.get('day') ?? 'today', sky: 'rain', celsius: 6 }),
  },
  {
    name: 'add_reminder',
    description: 'Reminds the user of something today.',
    parameters: {
      type: 'object',
      properties: {
        at: { type: 'string', description: 'Time of day, HH:MM.' },
        text: { type: 'string' },
      },
      required: ['at', 'text'],
    },
    run: (args) => ({ set: true, at: args.get('at') }),
  },
]

/** Arguments as they arrive in a call: always JSON, and an object. */
export function readArguments(text: string): ReadonlyMap<string, unknown> {
  const value: unknown = JSON.parse(text)
  return new Map(isFields(value) ? Object.entries(value) : [])
}
