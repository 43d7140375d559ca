import { connect } from 'node:net'
import { tool } from '@openai/agents'
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents/realtime'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { callOslo, callParis } from '../../middleware/setup.js'
import { createRealtimeServer } from './setup.js'

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'Current weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

function question(text: string) {
  return {
    type: 'conversation.item.create' as const,
    item: {
      type: 'message' as const,
      role: 'user' as const,
      content: [{ type: 'input_text' as const, text }],
    },
  }
}

/** The official client, whose address is a secure one: only its socket is not. */
function openClient(port: number): OpenAIRealtimeWS {
  const client = new OpenAI({ apiKey: '-', baseURL: `http://127.0.0.1:${port}/v1` })
  const options = { createConnection: () => connect(port, '127.0.0.1') }
  return new OpenAIRealtimeWS({ model: 'any', options }, client)
}

/** Waits for an event of the client. */
function next<Type extends RealtimeServerEvent['type']>(
  client: OpenAIRealtimeWS,
  type: Type,
): Promise<Extract<RealtimeServerEvent, { type: Type }>> {
  return new Promise((resolve) => {
    client.on('event', (event) => {
      if (isOf(event, type)) resolve(event)
    })
  })
}

function isOf<Type extends RealtimeServerEvent['type']>(
  event: RealtimeServerEvent,
  type: Type,
): event is Extract<RealtimeServerEvent, { type: Type }> {
  return event.type === type
}

describe('the official client over a socket', () => {
  it('calls tools over two turns', async () => {
    const server = await createRealtimeServer([`Let me look.\n${callParis}`, 'It is 18 °C.'])
    const client = openClient(server.port)
    const deltas: string[] = []
    client.on('response.function_call_arguments.delta', ({ delta }) => deltas.push(delta))
    client.on('error', (error) => {
      throw error
    })
    client.socket.on('open', () => {
      client.send({
        type: 'session.update',
        session: { type: 'realtime', instructions: 'Brief.', tools: [weather] },
      })
      client.send(question('What is the weather in Paris?'))
      client.send({ type: 'response.create' })
    })

    const { response } = await next(client, 'response.done')
    expect(deltas.join('')).toBe('{"city": "Paris"}')
    expect(response).toMatchObject({
      status: 'completed',
      output: [
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me look.' }] },
        { type: 'function_call', name: 'get_weather', arguments: '{"city": "Paris"}', status: 'completed' },
      ],
      usage: { total_tokens: expect.any(Number) },
    })
    const call = response.output?.find((item) => item.type === 'function_call')
    if (call?.type !== 'function_call') throw new Error('expected a call')

    const output = { type: 'function_call_output' as const, call_id: call.call_id ?? '', output: '18 °C' }
    client.send({ type: 'conversation.item.create', item: output })
    const done = next(client, 'response.output_text.done')
    client.send({ type: 'response.create' })
    expect((await done).text).toBe('It is 18 °C.')
    expect(server.prompts[1]).toContain('Brief.')
    expect(server.prompts[1]).toMatch(
      /<tool_call>\n\{"name": "get_weather", "arguments": \{"city": "Paris"\}\}/,
    )
    expect(server.prompts[1]).toContain('<tool_response>\n18 °C\n</tool_response>')
    client.close()
  })

  it('is told what is wrong, and goes on', async () => {
    const server = await createRealtimeServer(['Hello.'])
    const client = openClient(server.port)
    const errors: unknown[] = []
    client.on('error', (error) => errors.push(error.error))
    client.socket.on('open', () => {
      client.send({ type: 'input_audio_buffer.append', audio: '', event_id: 'mine' })
      client.send({ type: 'response.create' })
    })
    await next(client, 'response.done')
    expect(errors).toMatchObject([{ code: 'unsupported_event', param: 'type', event_id: 'mine' }])
    client.close()
  })
})

describe('an agent session over a socket', () => {
  const asked: string[] = []
  const agent = new RealtimeAgent({
    name: 'Weather',
    instructions: 'Be brief.',
    tools: [
      tool({
        name: 'get_weather',
        description: 'Current weather.',
        parameters: z.object({ city: z.string() }),
        execute: async ({ city }) => {
          asked.push(city)
          return `18 °C in ${city}`
        },
      }),
    ],
  })

  async function converse(port: number, said: string): Promise<string> {
    const transport = new OpenAIRealtimeWebSocket({ url: `ws://127.0.0.1:${port}` })
    const session = new RealtimeSession(agent, { transport, config: { outputModalities: ['text'] } })
    await session.connect({ apiKey: '-' })
    const answer = new Promise<string>((resolve) => {
      session.on('transport_event', (event) => {
        if (event.type === 'response.output_text.done') resolve(String(event.text))
      })
    })
    session.sendMessage(said)
    const text = await answer
    session.close()
    return text
  }

  it('runs the tool and gives the answer', async () => {
    asked.length = 0
    const server = await createRealtimeServer([callParis, 'It is 18 °C.'])
    expect(await converse(server.port, 'Weather in Paris?')).toBe('It is 18 °C.')
    expect(asked).toEqual(['Paris'])
    expect(server.prompts[1]).toContain('18 °C in Paris')
  })

  it('never runs a call that was cut short', async () => {
    asked.length = 0
    const cut = `Wait.\n${callOslo.replace('get_time', 'get_weather').slice(0, -25)}`
    const server = await createRealtimeServer([{ text: cut, finish: 'length' }])
    expect(await converse(server.port, 'Weather in Oslo?')).toBe('Wait.')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked).toEqual([])
    expect(server.prompts).toHaveLength(1)
  })
})
