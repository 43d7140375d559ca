import { describeSurface } from './contract.js'
import { chatCompletionsContract } from './contract-chat.js'
import { dashscopeContract } from './contract-dashscope.js'
import { messagesContract } from './contract-messages.js'

describeSurface(chatCompletionsContract)
describeSurface(messagesContract)
describeSurface(dashscopeContract(true))
describeSurface(dashscopeContract(false))
