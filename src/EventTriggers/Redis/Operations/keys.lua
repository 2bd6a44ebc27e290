--[[
  Lists keys of a group that orders by key: first those that wait behind a dead letter, then those with a backlog, each from the one that
  has waited for longest. It changes nothing, and a key that holds something else counts as empty.

  Takes KEYS 4, ARGV 2

  KEYS[1]   root
  KEYS[2]   held
  KEYS[3]   backlogs
  KEYS[4]   active
  ARGV[1]   group
  ARGV[2]   most    keys of each kind

  Returns   how many keys wait behind a dead letter, and how many have a backlog. Then seven for each key: the key, the dead letter that it
            waits behind and since when (ms), or '' twice; how many deliveries wait, and since when the key has had a backlog, or ''; and
            the ids that have its places, separated by spaces; and when the limit of the key allows the next to begin (ms), or ''
]]
local reply, listed = { reach('ZCARD', KEYS[2]) or 0, reach('ZCARD', KEYS[3]) or 0 }, {}

local function list(name, dead, since)
  if not name or listed[name] then return end
  listed[name] = true
  local r = #reply
  reply[r + 1], reply[r + 2], reply[r + 3] = name, dead, since
  reply[r + 4] = reach('LLEN', key('backlog', ARGV[1] .. ':' .. name)) or 0
  reply[r + 5], reply[r + 6] = reach('ZSCORE', KEYS[3], name) or '', reach('HGET', KEYS[4], name) or ''
  reply[r + 7] = reach('ZSCORE', key('limited', ARGV[1]), name) or ''
end

local last = int(ARGV[2] - 1)
local held = reach('ZRANGE', KEYS[2], 0, last, 'WITHSCORES') or {}
for i = 1, #held, 2 do
  local name, dead = string.match(held[i], '^(%S+) (%S+)$')
  list(name, dead, held[i + 1])
end
for _, name in ipairs(reach('ZRANGE', KEYS[3], 0, last) or {}) do list(name, '', '') end
return reply
