import { ResponsesToolRunner, runnerFunction } from 'openai/helpers/responses-tool-runner'
import { zodResponsesFunction } from 'openai/helpers/zod'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { callParis, connect, failure, kinds, twoCalls } from '../../middleware/setup.js'

/** A runner with two tools, which looks closely at what it is given, and what it asked of them. */
function createRunner() {
  const asked: string[] = []
  const cityTool = (name: string) =>
    zodResponsesFunction({
      name,
      parameters: z.object({ city: z.string() }),
      function: ({ city }) => {
        asked.push(`${name} ${city}`)
        return `${name} of ${city}`
      },
    })
  const functions = [runnerFunction(cityTool('get_weather')), runnerFunction(cityTool('get_time'))]
  return { asked, runner: new ResponsesToolRunner({ functions }) }
}

const body = { model: 'm', input: 'Weather and time?', instructions: 'Be brief.' }

describe.each([
  ['whole', {}],
  ['streamed', { stream: true }],
  ['streamed, each call run as it ends', { stream: true, eager: true }],
])('the tool runner of the official client (%s)', (_, how) => {
  it.each(kinds)('runs two tools over two turns, over a %s upstream', async (upstream) => {
    const replies = [
      `<think>\nTwo.\n</think>\n\n${twoCalls}\nWait.`,
      '<think>\nSo.\n</think>\n\nSunny, and 3 pm.',
    ]
    const { client, upstream: server } = await connect(replies, { upstream })
    const { asked, runner } = createRunner()
    expect((await runner.run(client, body, how)).output_text).toBe('Sunny, and 3 pm.')
    expect(asked).toEqual(['get_weather Paris', 'get_time Oslo 🌍 é'])
    const shown = JSON.stringify(server.requests[1]?.body)
    for (const text of ['Let me look.', 'Wait.', 'get_weather of Paris', 'get_time of Oslo']) {
      expect(shown).toContain(text)
    }
  })

  it('never runs a call that was cut short', async () => {
    const { client } = await connect([{ text: `${callParis}\n${callParis.slice(0, -30)}`, finish: 'length' }])
    const { asked, runner } = createRunner()
    expect(String(await failure(runner.run(client, body, how)))).toContain('not completed')
    expect(asked).toEqual('eager' in how ? ['get_weather Paris'] : [])
  })

  it('ends where the model has nothing to say', async () => {
    for (const reply of ['', '<think>\nHm.\n</think>\n\n']) {
      const { client, upstream } = await connect([reply])
      expect((await createRunner().runner.run(client, body, how)).output_text).toBe('')
      expect(upstream.requests).toHaveLength(1)
    }
  })
})

it('the tool runner keeps what came in its ledger', async () => {
  const { client } = await connect([`<think>\nTwo.\n</think>\n\n${twoCalls}`, 'Done.'])
  const phases: string[] = []
  const ledger = { runId: 'run', save: ({ phase }: { phase: string }) => void phases.push(phase) }
  await createRunner().runner.run(client, body, { ledger })
  expect(phases.at(-1)).toBe('final')
})
