--[[
  Fires the triggers that are due: publishing, counting and ending are this one script, so an occurrence fires once however
  many processes call it. Its first write is the raised event's, which full memory refuses before anything is changed.

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due
  KEYS[3]   triggers:ended  zset: id -> ms when it ended
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   limit    the most triggers to fire
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered

  Returns   how many fired, and ms when the next is due (-1 for none)
]]
local now, fired, gone, completed = now_ms(ARGV[1]), 0, {}, {}
local due = redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[3], 'WITHSCORES')

for i = 1, #due, 2 do
  local id, at = due[i], tonumber(due[i + 1])
  local hash = key('trigger', id)
  local t = redis.call('HMGET', hash, 'type', 'fired', 'status', 'until')
  if t[3] ~= 'active' then
    gone[#gone + 1] = id
  else
    local over = t[4] and at > tonumber(t[4])
    if not over then
      fire(id, hash, t, unused(id, at), at, now, '')
      redis.call('HSET', hash, 'fired', int((t[2] or 0) + 1), 'last', int(now))
      fired = fired + 1
    end
    redis.call('HSET', hash, 'status', 'completed')
    completed[#completed + 1] = id
  end
end

if #gone > 0 then redis.call('ZREM', KEYS[2], unpack(gone)) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
return { fired, next_due(KEYS[2]) }
