--[[
  Takes expired leases away: back to the front of ready, or to dead when the delivery has crashed its consumers too often. The fence moves,
  so outcomes that the old holder still reports are rejected. Its first write is a removal.

  Takes KEYS 6, ARGV 8

  KEYS[1]   root
  KEYS[2…6] ready, leased, dead, ended, quarantine  of the group
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  on which consumers are woken
  ARGV[3]   group
  ARGV[4]   crashes  at which a delivery is a dead letter
  ARGV[5]   limit    the most leases to take
  ARGV[6]   silence  ms without a call after which leases are in doubt; then none is taken
  ARGV[7]   by       unix ms: only leases that had expired by then are taken, so that a call that arrives late takes none that its
                     sender has renewed before
  ARGV[8]   lasts    ms for which the attempts of a delivery are kept

  Returns   flat: how many are ready again, then the ids that became dead letters
]]
local now, group, most = now_ms(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local ready, leased, dead, ended, quarantine = KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
if doubt_until(now, tonumber(ARGV[6])) > now then return { 0 } end
local by = int(math.min(now, tonumber(ARGV[7])))
local leases = reach('ZRANGE', leased, '-inf', by, 'BYSCORE', 'LIMIT', 0, ARGV[5]) or {}
local requeued, quarantined, kept, reply = {}, {}, 0, { 0 }
if #leases == 0 then return reply end
redis.call('ZREM', leased, unpack(leases))

for _, lease in ipairs(leases) do
  local id = id_of_lease(lease)
  local event = event_key(id)
  local e = fields_of(
    event, 'status:' .. group, 'fence:' .. group, 'crashes:' .. group, 'cancel:' .. group, 'attempt:' .. group, 'key',
    'unique')
  local crashes = int((whole(e[3]) or 0) + 1)
  -- A lease is named by its claim. If the hash cannot say which claim that is, the lease's name does.
  local claim = is_bad(e[2]) and claim_of_lease(lease) or e[2]
  local function take(status, ...)
    redis.call('HSET', event, 'status:' .. group, status, 'fence:' .. group, int((claim or 1) + 1), 'crashes:' .. group, crashes, ...)
    note_attempt(group, id, {
      ended = now, number = whole(e[5]) or 1, outcome = 'lost', consumer = holder_of(e[1]), error = '', stack = '',
    }, tonumber(ARGV[8]))
  end

  local word = status_of(e[1])
  if not word or not index_of(word) then
    local why = e[1] and bad_field('status:' .. group, e[1]) or 'The payload is missing.'
    redis.pcall('HSET', event, 'status:' .. group, 'dead', 'error:' .. group, why)
    file(dead, { now, id })
    ordering().end_leased(group, e[6], id, now)
    reply[#reply + 1] = id
  elseif word ~= 'leased' or lease_of(id, claim) ~= lease then
    -- An index entry without its lease: nothing to hand out.
  elseif e[4] then
    take('canceled')
    file(ended, { now, id })
    if e[6] then ordering().end_leased(group, e[6], id) end
  elseif tonumber(crashes) >= most and not (e[6] and ordering().holds_behind(group, e[6], id)) then
    take('dead', 'error:' .. group, 'Its consumer crashed ' .. crashes .. ' times.')
    file(dead, { now, id })
    if e[6] then ordering().end_leased(group, e[6], id, now) end
    reply[#reply + 1] = id
  else
    take('ready')
    if e[6] and ordering().waits_again(group, e[6], id) then kept = kept + 1
    else sort_ready(quarantined, requeued, crashes, id) end
  end
  if e[7] then naming().note_end(e[7]) end
end

count_rate(now, group, 'dead', #reply - 1)
reply[1] = #requeued + #quarantined + kept
push(quarantine, quarantined)
-- The longest expired goes in front.
for i = #requeued, 1, -1 do push_in_front(ready, { requeued[i] }) end
write_order(ARGV[2])
if taken_names then taken_names.go_on(ARGV[2], now) end
if reply[1] > 0 then wake(ARGV[2], group) end
return reply
