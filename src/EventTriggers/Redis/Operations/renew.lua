--[[
  Extends leases. An expired lease that was not taken away is extended, too.

  Takes KEYS 2 + n, ARGV 4 + 2n

  KEYS[1]   root
  KEYS[2]   leased  zset: id -> ms when its lease expires
  KEYS[3…]  the hashes of the deliveries
  ARGV[1]   now     unix ms, or '' for the server's clock
  ARGV[2]   lease   ms
  ARGV[3]   group
  ARGV[4]   silence ms without a call after which leases are in doubt
  ARGV[5…]  two for each delivery: id, fence

  Returns   for each delivery 'ok', 'cancel' (extended, but its cancellation was asked for), or 'lost' (the fence is old)
]]
local now, group = now_ms(ARGV[1]), ARGV[3]
local expires = now + tonumber(ARGV[2])
note_contact(now, tonumber(ARGV[4]), { KEYS[2] })
local words, leases = {}, {}
for n = 1, #KEYS - 2 do
  local id, fence = ARGV[2 * n + 3], ARGV[2 * n + 4]
  local e = fields_of(KEYS[n + 2], 'status:' .. group, 'fence:' .. group, 'cancel:' .. group)
  words[n] = 'lost'
  if status_of(e[1]) == 'leased' and (e[2] or '1') == fence then
    words[n] = e[3] and 'cancel' or 'ok'
    leases[#leases + 1] = expires
    leases[#leases + 1] = lease_of(id, e[2])
  end
end
if #leases > 0 then
  -- Removes nothing: the server lets a script through whose first write is a removal when memory is full, and leases must not end because
  -- of that. If the index's key holds something else, no lease is taken away: they are held as the hashes say.
  reach('ZREM', KEYS[2], '')
  reach('ZADD', KEYS[2], 'XX', unpack(leases))
end
return words
