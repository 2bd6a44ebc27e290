--[[
  Measures groups for metrics. It changes nothing, and an index whose key holds something else counts as empty.

  Takes KEYS 1 + 5n, ARGV 2 + n

  KEYS[1]   root
  KEYS[2…]  five for each group: ready, delayed, leased, dead, quarantine
  ARGV[1]   now    unix ms, or '' for the server's clock
  ARGV[2]   lists  the most parked lists of a group to count
  ARGV[3…]  the groups' names

  Returns   five for each group: how many deliveries are ready (those in quarantine, in parked lists and in the backlogs of keys
            included), delayed, leased, and dead; and for how many ms the one that is claimed next has been ready, 0 for none
]]
local now, reply = now_ms(ARGV[1]), {}
for n = 1, #ARGV - 2 do
  local k, group = 5 * n - 3, ARGV[n + 2]
  local ready, oldest = reach('LLEN', KEYS[k]) or 0, age_in(KEYS[k], now)
  ready = ready + (reach('LLEN', KEYS[k + 4]) or 0)
  for _, kind in ipairs({ 'ready-high', 'ready-low' }) do
    local list = key(kind, group)
    ready, oldest = ready + (reach('LLEN', list) or 0), math.max(oldest, age_in(list, now))
  end
  for _, name in ipairs(reach('ZRANGE', parked_index(group), 0, int(ARGV[2] - 1)) or {}) do
    local list = parked_list(group, name)
    ready, oldest = ready + (reach('LLEN', list) or 0), math.max(oldest, age_in(list, now))
  end
  ready, oldest = ready + (whole(reach('GET', key('backlogged', group))) or 0), math.max(oldest, age_in_backlogs(group, now))
  local r = #reply
  reply[r + 1], reply[r + 2], reply[r + 3] = ready, reach('ZCARD', KEYS[k + 1]) or 0, reach('ZCARD', KEYS[k + 2]) or 0
  reply[r + 4], reply[r + 5] = reach('ZCARD', KEYS[k + 3]) or 0, oldest
end
return reply
