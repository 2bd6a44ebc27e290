--[[
  Reads what the server says of itself, as far as it may be read.

  KEYS[1]   root

  Returns   the sections 'server' and 'memory' of INFO, or ''
]]
local function info(section)
  local text = redis.pcall('INFO', section)
  return type(text) == 'string' and text or ''
end

return { info('server'), info('memory') }
