import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { root } from './blocks.js'

/** Runs a program in the project's folder and gives what it prints. Its exit status does not matter. */
export async function execute(file: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(file, args, { cwd: root }).catch(
    (failed: { stdout: string; stderr: string }) => failed,
  )
  return `${stdout}${stderr}`.trimEnd()
}
