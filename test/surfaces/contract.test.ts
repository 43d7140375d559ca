import { describeSurface } from './contract.js'
import { chatCompletionsContract } from './contract-chat.js'
import { dashscopeContract } from './contract-dashscope.js'

describeSurface(chatCompletionsContract)
describeSurface(dashscopeContract(true))
describeSurface(dashscopeContract(false))
