import { spawn } from 'node:child_process'
import { join } from 'node:path'

const cli = join(import.meta.dirname, '../../dist/cli.js')

export interface RunResult {
  stdout: string
  stderr: string
  status: number | null
}

/** Runs the built command, as a shell would; not on a terminal, and without the demo's variables. */
export function run(args: string[], input = '', env: Record<string, string> = {}): Promise<RunResult> {
  const { UPSTREAM, UPSTREAM_KIND, DIALECT, MODEL, API_KEY, COLUMNS, ...rest } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...rest, ...env } })
    const result: RunResult = { stdout: '', stderr: '', status: null }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      result.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      result.stderr += text
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ ...result, status }))
    child.stdin.end(input)
  })
}
