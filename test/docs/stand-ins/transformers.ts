import { createLog } from '../../upstreams/local/stand-ins/script.js'
import { createGenerator } from '../../upstreams/local/stand-ins/transformers.js'
import { script } from './replies.js'

/** Stands for the package in the examples of the pages, which load no model then. */
export const pipeline = async (
  _task: 'text-generation',
  _model: string,
  _options?: { dtype?: 'q4f16'; device?: 'webgpu' },
) => createGenerator(script, createLog()).generator

export class InterruptableStoppingCriteria {
  interrupted = false

  interrupt(): void {
    this.interrupted = true
  }

  reset(): void {
    this.interrupted = false
  }
}

export const random = { seed(_seed: number): void {} }
