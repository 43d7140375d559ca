import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { BadRequestError } from 'openai'
import type { ResponseInputItem } from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.js'
import type { RenderWarning } from '../../src/render/report.js'
import { askDashScope } from '../surfaces/dashscope-client.js'
import { ask, callParis, connect, failure, weather } from './setup.js'

async function dropping(replies: string[], options = {}) {
  const warnings: RenderWarning[] = []
  const { upstream } = await connect(replies)
  const fetch = toolFetch({
    dialect: 'qwen3',
    hostedTools: 'drop',
    onWarning: (warning) => warnings.push(warning),
    ...options,
  })
  const openai = new OpenAI({ apiKey: '-', baseURL: `${upstream.url}/v1`, maxRetries: 0, fetch })
  const anthropic = new Anthropic({ apiKey: '-', baseURL: upstream.url, maxRetries: 0, fetch })
  return { openai, anthropic, fetch, upstream, warnings, fields: () => warnings.map(({ field }) => field) }
}

const flat = { type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }
const input_schema = { type: 'object' as const }

describe('tools that a service would run, dropped', () => {
  it('leave the app’s own to Responses', async () => {
    const { openai, upstream, fields, warnings } = await dropping([callParis])
    const { output } = await openai.responses.create({
      model: 'm',
      input: 'Weather?',
      tools: [{ type: 'web_search' }, flat, { type: 'code_interpreter', container: { type: 'auto' } }],
    })
    expect(output).toMatchObject([{ type: 'function_call', name: 'get_weather' }])
    expect(fields()).toEqual(['tools[0]', 'tools[2]'])
    expect(warnings[0]?.message).toBe('"web_search" is no tool that this model can call, it is left out')
    expect(JSON.stringify(upstream.requests[0]?.body)).not.toContain('web_search')
  })

  it('leave the app’s own to Messages', async () => {
    const { anthropic, upstream, fields } = await dropping([callParis])
    const { content } = await anthropic.messages.create({
      model: 'm',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Weather?' }],
      tools: [
        { type: 'web_search_20250305', name: 'web_search' },
        { name: 'get_weather', input_schema },
      ],
      tool_choice: { type: 'tool', name: 'web_search', disable_parallel_tool_use: true },
    })
    expect(content).toMatchObject([{ type: 'tool_use', name: 'get_weather' }])
    expect(fields()).toEqual(['tools[0]', 'tool_choice'])
    const sent = JSON.stringify(upstream.requests[0]?.body)
    expect(sent).not.toContain('web_search')
    expect(sent).toContain('at most one function call')
  })

  it('leave the app’s own to Chat Completions and DashScope', async () => {
    const { openai, fetch, upstream, fields } = await dropping([callParis, callParis])
    const tools = [weather, { type: 'web_search' }]
    const body = { ...ask, tools, tool_choice: { type: 'web_search' } }
    expect(await openai.post('/chat/completions', { body })).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { name: 'get_weather' } }] } }],
    })
    const native = {
      model: 'm',
      input: { messages: ask.messages },
      parameters: { result_format: 'message', tools },
    }
    const [answer] = await askDashScope(fetch, upstream.url, native, { streamed: false })
    expect(answer?.output).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { name: 'get_weather' } }] } }],
    })
    expect(fields()).toEqual(['tools[1]', 'tool_choice', 'tools[1]'])
  })

  it('do not go upstream where they are the only ones', async () => {
    const { openai, upstream, fields } = await dropping(['Sunny.'])
    const body = { ...ask, tools: [{ type: 'web_search' }], tool_choice: 'required' }
    expect(await openai.post('/chat/completions', { body })).toMatchObject({
      choices: [{ message: { content: 'Sunny.' } }],
    })
    expect(upstream.requests[0]?.body).not.toHaveProperty('tools')
    expect(upstream.requests[0]?.body).not.toHaveProperty('tool_choice')
    expect(fields()).toEqual(['tools[0]', 'tool_choice'])
  })

  it.each([
    ['of one', { type: 'web_search' }, 'auto'],
    ['of some', { type: 'allowed_tools', mode: 'required', tools: [{ type: 'mcp' }, flat] }, 'required'],
    ['of none that is left', { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp' }] }, 'none'],
    ['of the app’s own', { type: 'function', name: 'get_weather' }, 'required'],
  ])('are left out of a choice %s', async (_, tool_choice, mode) => {
    const { openai, upstream } = await dropping([callParis], { upstream: 'completion' })
    const body = { model: 'm', input: 'Hi', tools: [{ type: 'web_search' }, flat], tool_choice }
    await openai.post('/responses', { body })
    const prompt = String(upstream.requests[0]?.body.prompt)
    expect(prompt.includes('get_weather')).toBe(mode !== 'none')
    expect(/<tool_call>\n[^<]*$/.test(prompt)).toBe(mode === 'required')
  })

  it('are left out of a choice where there are no tools, and no other choice is', async () => {
    const { openai, upstream, fields } = await dropping(['Sunny.'])
    await openai.responses.create({ model: 'm', input: 'Hi', tool_choice: { type: 'web_search_preview' } })
    expect(fields()).toEqual(['tool_choice'])
    const required = failure(openai.responses.create({ model: 'm', input: 'Hi', tool_choice: 'required' }))
    expect(await required).toBeInstanceOf(BadRequestError)
    expect(upstream.requests).toHaveLength(1)
  })

  it('leave no trace of what they did before', async () => {
    const { openai, upstream, fields } = await dropping(['Sunny.'])
    const input: ResponseInputItem[] = [
      { role: 'user', content: 'Weather?' },
      {
        type: 'web_search_call',
        id: 'ws_1',
        status: 'completed',
        action: { type: 'search', query: 'weather', queries: ['weather'] },
      },
      {
        type: 'code_interpreter_call',
        id: 'ci_1',
        container_id: 'c',
        code: 'x',
        outputs: [],
        status: 'completed',
      },
      { role: 'assistant', content: 'It is sunny.' },
      { role: 'user', content: 'Sure?' },
    ]
    await openai.responses.create({ model: 'm', input, tools: [flat] })
    expect(fields()).toEqual(['input[1]', 'input[2]'])
    expect(JSON.stringify(upstream.requests[0]?.body)).toContain('It is sunny.')
  })

  it('have no servers either', async () => {
    const { anthropic, fields } = await dropping(['Sunny.'])
    await anthropic.beta.messages.create({
      model: 'm',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Weather?' }],
      mcp_servers: [{ type: 'url', name: 'x', url: 'http://localhost:1' }],
      tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }],
    })
    expect(fields()).toEqual(['tools[0]', 'mcp_servers'])
  })

  it('are refused by default, and there are two ways', async () => {
    const { openai, upstream } = await dropping(['x'], { hostedTools: undefined })
    for (const path of ['/responses', '/chat/completions']) {
      const body = { ...ask, input: 'Hi', tools: [{ type: 'web_search' }] }
      expect(await failure(openai.post(path, { body }))).toBeInstanceOf(BadRequestError)
    }
    expect(upstream.requests).toHaveLength(0)
    expect(() => Reflect.apply(toolFetch, undefined, [{ dialect: 'qwen3', hostedTools: 'run' }])).toThrow(
      "hostedTools must be 'refuse' or 'drop'",
    )
  })
})
