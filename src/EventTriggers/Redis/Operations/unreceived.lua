--[[
  Releases the deliveries of a claim whose reply was lost: to the front of ready, without counting the attempt. The fence stays, so that the
  next claim gets a new one. Its first write is a removal.

  Takes KEYS 4, ARGV 7

  KEYS[1]   root
  KEYS[2…4] ready, leased, quarantine  of the group
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  on which consumers are woken
  ARGV[3]   group
  ARGV[4…5] holder, call: of the claim
  ARGV[6]   skip     how many leases to skip
  ARGV[7]   limit    the most leases to look at

  Returns   how many were released, and how many were looked at
]]
local group, leased_as = ARGV[3], 'leased ' .. ARGV[4] .. '.' .. ARGV[5]
local status, fence, attempt = 'status:' .. group, 'fence:' .. group, 'attempt:' .. group
local gone, released, quarantined = {}, {}, {}
-- The latest first: leases that were claimed last end last.
local leases = reach('ZREVRANGE', KEYS[3], ARGV[6], ARGV[6] + ARGV[7] - 1) or {}
for _, lease in ipairs(leases) do
  local e = fields_of(event_key(id_of_lease(lease)), status)
  if e[1] == leased_as then gone[#gone + 1] = lease end
end
if #gone == 0 then return { 0, #leases } end

redis.call('ZREM', KEYS[3], unpack(gone))
-- The oldest is pushed last, and so is in front.
for _, lease in ipairs(gone) do
  local id = id_of_lease(lease)
  local e = fields_of(event_key(id), fence, attempt, 'crashes:' .. group, 'key')
  redis.call('HSET', event_key(id), status, 'ready', fence, int(whole(e[1]) or 1), attempt, int((whole(e[2]) or 1) - 1))
  if not (e[4] and ordering().waits_again(group, e[4], id)) then sort_ready(quarantined, released, e[3], id) end
end
push(KEYS[4], quarantined)
push_in_front(KEYS[2], released)
write_order(ARGV[2])
wake(ARGV[2], group)
return { #gone, #leases }
