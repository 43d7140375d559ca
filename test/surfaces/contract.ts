import { afterEach, describe, expect, it } from 'vitest'
import { type Fetch, toolFetch } from '../../src/middleware/fetch.js'
import type { CallDelivery } from '../../src/surfaces/call-hold.js'
import { createReplayUpstream, type ReplayOptions, type ReplayUpstream } from '../../src/testing/replay.js'
import { chatCompletionsContract } from './contract-chat.js'

/** A conversation in no protocol's words; each contract writes it in its own. */
export interface Conversation {
  turns: Turn[]
  tools: { name: string; description: string; schema: ObjectSchema }[]
  choice?: 'none' | 'required' | { tool: string }
  /** `false`: at most one call. */
  parallel?: boolean
}
export type Turn =
  | { type: 'system'; text: string }
  | { type: 'user'; text: string }
  | { type: 'calls'; text?: string; calls: { id: string; name: string; input: Record<string, unknown> }[] }
  | { type: 'results'; results: { id: string; output: string }[] }
export interface ObjectSchema {
  [key: string]: unknown
  type: 'object'
  properties: Record<string, object>
  required: string[]
}

/** What the protocol's client makes of an answer. */
export interface Heard {
  text: string
  /** `undefined` where there was none. */
  reasoning: string | undefined
  calls: { id: string; name: string; input: unknown }[]
  /** How many calls it has been told of whose end it has not. */
  halves: number
  finish: 'stop' | 'calls' | 'length' | 'other'
}

/** One protocol as its official client speaks it. What is `false` in `can`, the protocol cannot say. */
export interface SurfaceContract {
  name: string
  can: {
    /** Ask for at most one call. */
    oneCall: boolean
    /** Ask for no call, any call, or one tool's. */
    choose: boolean
    /** Tell text that came after a call apart from text before it, or join them. */
    textAfterCalls: boolean
    /** Say in mid-stream that the upstream failed. */
    failInStream: boolean
    /** Stream a call as it is written, so that one which is cut short has been begun. */
    streamCalls: boolean
  }
  /** A client in front of a server at `url` (without a path), which sends with `fetch`; it does not try again. */
  connect(url: string, fetch: Fetch): Client
}
export interface Client {
  ask(conversation: Conversation, how: { streamed: boolean; signal?: AbortSignal }): Promise<Heard>
}

/** The HTTP status of a client's error; every official client has it there. */
function statusOf(error: unknown): unknown {
  return error instanceof Error && 'status' in error ? error.status : undefined
}

const opened: ReplayUpstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()))
})

async function serve(replies: ReplayOptions['replies'], replay: Partial<ReplayOptions> = {}) {
  const upstream = await createReplayUpstream({ replies, ...replay })
  opened.push(upstream)
  return upstream
}

const cityTool = (name: string) => ({
  name,
  description: `Gives the ${name} of a city.`,
  schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
  },
})
const tools = [cityTool('get_weather'), cityTool('get_time')]
const question: Conversation = { turns: [{ type: 'user', text: 'Weather and time?' }], tools }
const afterwards: Conversation = {
  tools,
  turns: [
    { type: 'system', text: 'Be brief.' },
    { type: 'user', text: 'Weather in Paris, time in Oslo?' },
    {
      type: 'calls',
      text: 'Let me look.',
      calls: [
        { id: 'call_a', name: 'get_weather', input: { city: 'Paris', days: 2 } },
        { id: 'call_b', name: 'get_time', input: { city: 'Oslo' } },
      ],
    },
    {
      type: 'results',
      results: [
        { id: 'call_a', output: 'sunny' },
        { id: 'call_b', output: '3 pm' },
      ],
    },
    { type: 'user', text: 'And tomorrow?' },
  ],
}

const paris = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
const oslo = '<tool_call>\n{"name": "get_time", "arguments": {"city": "Oslo 🌍 é", "days": 3}}\n</tool_call>'
const inParis = { name: 'get_weather', input: { city: 'Paris' } }
const inOslo = { name: 'get_time', input: { city: 'Oslo 🌍 é', days: 3 } }

const replies: { shows: string; reply: string; heard: Partial<Heard>; needs?: 'textAfterCalls' }[] = [
  { shows: 'text', reply: 'It is sunny.', heard: { text: 'It is sunny.', calls: [], finish: 'stop' } },
  { shows: 'one call', reply: paris, heard: { text: '', finish: 'calls' } },
  { shows: 'text and two calls', reply: `Let me look.\n${paris}\n${oslo}`, heard: { text: 'Let me look.' } },
  {
    shows: 'reasoning, text and a call',
    reply: `<think>\nThey ask.\n</think>\n\nLooking.\n${paris}`,
    heard: { text: 'Looking.', reasoning: 'They ask.', finish: 'calls' },
  },
  {
    shows: 'text after a call',
    reply: `Before.\n${paris}\nAfter.`,
    heard: { text: 'Before.After.', finish: 'calls' },
    needs: 'textAfterCalls',
  },
  {
    shows: 'a broken call',
    reply: "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Paris', 'days': '2',}}\n</tool_call>",
    heard: { text: '', finish: 'calls' },
  },
  { shows: 'nothing', reply: '', heard: { text: '', calls: [], finish: 'stop' } },
]

/** What every surface gives the app, proven with the protocol's own client over real sockets. */
export function describeSurface(
  { name, can, connect }: SurfaceContract,
  calls: CallDelivery = 'streamed',
): void {
  const through = (url: string) => connect(url, toolFetch({ dialect: 'qwen3', calls }))

  describe(`the contract of ${name}${calls === 'whole' ? ', calls in one piece' : ''}`, () => {
    const sayable = replies.filter(({ needs }) => needs === undefined || can[needs])

    it.each(sayable)('$shows: the same streamed and whole', async ({ reply, heard }) => {
      const client = through((await serve([reply])).url)
      const whole = await client.ask(question, { streamed: false })
      const streamed = await client.ask(question, { streamed: true })
      expect(whole).toMatchObject(heard)
      const withoutIds = ({ calls, ...rest }: Heard) => ({
        ...rest,
        calls: calls.map(({ name, input }) => ({ name, input })),
      })
      expect(withoutIds(streamed)).toEqual(withoutIds(whole))
    })

    it.each([true, false])('two calls, each with an id of its own (streamed: %s)', async (streamed) => {
      const heard = await through((await serve([`${paris}\n${oslo}`])).url).ask(question, { streamed })
      expect(heard.calls).toMatchObject([inParis, inOslo])
      expect(heard.finish).toBe('calls')
      const ids = heard.calls.map(({ id }) => id)
      expect(new Set(ids).size).toBe(2)
      expect(ids.every((id) => id.length > 8)).toBe(true)
    })

    it.each([true, false])(
      'a call that was cut short never arrives as one (streamed: %s)',
      async (streamed) => {
        const cuts = [
          { cut: '{"name": "get_weather", "arguments": {"city": "Par', isBegun: true },
          { cut: '{"name": "get_weather", "argum', isBegun: false },
          { cut: '{"na', isBegun: false },
        ]
        for (const { cut, isBegun } of cuts) {
          const server = await serve([{ text: `Look.\n${oslo}\n<tool_call>\n${cut}`, finish: 'length' }])
          const heard = await through(server.url).ask(question, { streamed })
          expect(heard).toMatchObject({ text: 'Look.', calls: [inOslo], finish: 'length' })
          expect(heard.calls).toHaveLength(1)
          const isStreamed = streamed && calls === 'streamed' && can.streamCalls
          expect(heard.halves).toBe(isStreamed && isBegun ? 1 : 0)
        }
      },
    )

    it('a call between others that never ends leaves no gap', async () => {
      const server = await serve([
        `${paris}\n<tool_call>\n{"name": "get_time", "arguments": {"days": [1, \n${oslo}`,
      ])
      const client = through(server.url)
      for (const streamed of [true, false]) {
        const heard = await client.ask(question, { streamed })
        expect(heard.calls).toMatchObject([inParis, inOslo])
      }
    })

    it('a conversation with calls and results is shown to the model as every other protocol shows it', async () => {
      const server = await serve(['Rain.'])
      const heard = await through(server.url).ask(afterwards, { streamed: false })
      expect(heard).toMatchObject({ text: 'Rain.', calls: [], finish: 'stop' })
      const chat = chatCompletionsContract.connect(server.url, toolFetch({ dialect: 'qwen3' }))
      await chat.ask(afterwards, { streamed: false })
      // Where arguments are an object, the spaces between their tokens are the dialect's; where they are text, the app's.
      const [own, other] = server.requests.map(({ body }) =>
        JSON.stringify(body.messages).replaceAll(/([:,]) /g, '$1'),
      )
      expect(own).toBe(other)
      expect(own).toContain('sunny')
    })

    it.runIf(can.choose)('no call, where the app wants none', async () => {
      const server = await serve([paris])
      const heard = await through(server.url).ask({ ...question, choice: 'none' }, { streamed: true })
      expect(heard).toMatchObject({ text: paris, calls: [], finish: 'stop' })
      expect(JSON.stringify(server.requests[0]?.body)).not.toContain('get_weather')
    })

    it.runIf(can.choose)('a call that the app requires is asked for', async () => {
      const server = await serve([paris])
      const client = through(server.url)
      expect((await client.ask(question, { streamed: false })).calls).toMatchObject([inParis])
      await client.ask({ ...question, choice: 'required' }, { streamed: false })
      await client.ask({ ...question, choice: { tool: 'get_time' } }, { streamed: false })
      const asked = server.requests.map(({ body }) => JSON.stringify(body.messages))
      expect(new Set(asked).size).toBe(3)
    })

    it.runIf(can.oneCall)('one call, where the app wants no more', async () => {
      for (const streamed of [true, false]) {
        const client = through((await serve([`${paris}\n${oslo}`])).url)
        const heard = await client.ask({ ...question, parallel: false }, { streamed })
        expect(heard.calls).toMatchObject([inParis])
        expect(heard.calls).toHaveLength(1)
        expect(heard.finish).toBe('calls')
      }
    })

    it.each([
      [400, 'too long'],
      [401, 'no key'],
      [404, 'no such model'],
      [429, 'slow down'],
      [500, 'out of memory'],
    ])('an HTTP error %s is the client’s own, with the upstream’s words', async (status, message) => {
      const server = await serve([{ fault: { status, body: { error: { message } } } }])
      for (const streamed of [true, false]) {
        const error = await failure(through(server.url).ask(question, { streamed }))
        expect(statusOf(error)).toBe(status)
        expect(String(error)).toContain(message)
      }
    })

    it.runIf(can.failInStream).each([
      [
        'an error frame',
        { error: { after: 2, frame: { error: { message: 'out of memory' } } } },
        'out of memory',
      ],
      ['a cut connection', { cutAfter: 12 }, 'cut'],
      ['a frame that is no JSON', { invalidAfter: 2 }, 'JSON'],
    ])('%s in mid-stream is an error of the client', async (_, fault, words) => {
      const server = await serve([{ text: `${paris}\n${oslo}`, fault }])
      const error = await failure(through(server.url).ask(question, { streamed: true }))
      expect(String(error)).toContain(words)
    })

    it('a tool without a name is a bad request, and nothing is sent', async () => {
      const server = await serve(['x'])
      const nameless = { ...question, tools: [{ ...cityTool(''), name: '' }] }
      const error = await failure(through(server.url).ask(nameless, { streamed: true }))
      expect(statusOf(error)).toBe(400)
      expect(server.requests).toHaveLength(0)
    })

    it.each([true, false])('an abort reaches the upstream (streamed: %s)', async (streamed) => {
      // A whole answer is written at once, when it is.
      const server = await serve([
        { text: 'word '.repeat(400), delay: 5, ...(!streamed && { fault: { hang: 'head' } }) },
      ])
      const controller = new AbortController()
      const asked = failure(through(server.url).ask(question, { streamed, signal: controller.signal }))
      await new Promise((resolve) => setTimeout(resolve, 100))
      controller.abort()
      await asked
      await server.requests[0]?.closed
      expect(server.requests[0]?.aborted).toBe(true)
    })
  })
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}
