import { describeSurface } from './contract.js'
import { chatCompletionsContract } from './contract-chat.js'
import { dashscopeContract } from './contract-dashscope.js'
import { messagesContract } from './contract-messages.js'
import { responsesContract } from './contract-responses.js'

for (const calls of ['streamed', 'whole'] as const) {
  describeSurface(chatCompletionsContract, calls)
  describeSurface(responsesContract, calls)
  describeSurface(messagesContract, calls)
  describeSurface(dashscopeContract(true), calls)
  describeSurface(dashscopeContract(false), calls)
}
