-- Reports keys that hold a value of the wrong type. A script that meets one notes it.

-- The type of each key, by the first word of its name; a hash if the word is not listed.
local TYPES = {
  ready = 'list', ['ready-high'] = 'list', ['ready-low'] = 'list', quarantine = 'list', backlog = 'list', unrouted = 'list',
  history = 'list', attempts = 'list', audit = 'list', ['let-go'] = 'list',
  routes = 'set', groups = 'set', types = 'set',
  leader = 'string', repair = 'string', ['contact'] = 'string', ['doubt'] = 'string', shared = 'string', prioritized = 'string',
  number = 'string', seen = 'string', live = 'string', distinct = 'string', probe = 'string', limit = 'string',
  delayed = 'zset', leased = 'zset', done = 'zset', dead = 'zset', ended = 'zset', waiting = 'zset', parked = 'zset', handlers = 'zset',
  triggers = 'zset', tagged = 'zset', subs = 'zset', ['subs-ended'] = 'zset', ['subs-by'] = 'zset', ['subs-removed'] = 'zset',
  operations = 'zset',
  entries = 'zset', answers = 'zset', throttled = 'zset', foreign = 'zset', strays = 'zset',
  consumers = 'zset', backlogs = 'zset', held = 'zset', limited = 'zset', backlogged = 'string',
  unique = 'string', window = 'string',
}

local function wanted_type(name)
  local kind, rest = string.match(name, '^([%l-]+)(.*)$', #root + 2)
  if kind == 'unrouted' and rest == '' then return 'zset' end
  if kind == 'tagged' and rest == '' then return 'string' end
  if kind == 'settings' and rest == '' then return 'set' end
  if kind == 'parked' and string.find(rest, ':', 2, true) then return 'list' end
  return TYPES[kind or ''] or 'hash'
end

-- Adds the name and type of each such key to a reply, and forgets keys that hold the right type, or nothing.
local function report_foreign(reply)
  local foreign = root .. ':foreign'
  for _, name in ipairs(reach('ZRANGE', foreign, 0, 99) or {}) do
    local wrong = wrong_type(name, wanted_type(name))
    if wrong then
      reply[#reply + 1], reply[#reply + 2] = name, string.sub(wrong, #name + 2)
    else
      redis.call('ZREM', foreign, name)
    end
  end
  return reply
end
