--[[
  Stores a trigger.

  Takes KEYS 7, ARGV 13 + 2n

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers        zset: id -> ms when it is due
  KEYS[5]   triggers:ended  zset: id -> ms when it ended
  KEYS[6]   history         of a recurring trigger
  KEYS[7]   declared        hash: id -> spec of each trigger that was declared, even after it has ended and is forgotten
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   conflict  what to do about a trigger of this id with another definition: keep it, replace it, or throw; update: change it if it
                      has not ended, and add none; declare: change it, or add it
  ARGV[7]   due       unix ms, or ''; 'never' for a recurring trigger without further occurrences: a stored trigger that is equal stays
  ARGV[8]   delay     ms from now, or ''
  ARGV[9]   spec      hash of the definition
  ARGV[10]  version   of this trigger under its id, or ''
  ARGV[11]  clock     unix ms by which due was computed, or ''
  ARGV[12]  timing    hash of the schedule of a recurring trigger, or ''
  ARGV[13]  payload   of what it publishes
  ARGV[14…] further fields and values of the hash

  Returns   'added' (or changed), 'conflict', 'ended' or 'not-found' (there is none to update), 'kept:VERSION' of the trigger that stays, or
            'clock:NOW' when due is not the next occurrence from now on, or 'over:NOW' when it ends before it could fire: then nothing was
            changed; 'KEY TYPE' when one of those keys, or that of the index of a tag, holds something of that type instead: nothing is
            written then
]]
local wrong = wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'zset') or wrong_type(KEYS[5], 'zset') or wrong_type(KEYS[7], 'hash')
if wrong then return wrong end
local last, tags
for i = 14, #ARGV, 2 do
  if ARGV[i] == 'until' then last = tonumber(ARGV[i + 1]) end
  if ARGV[i] == 'tags' then tags = ARGV[i + 1] end
end
for _, index in ipairs(tag_indexes(tags)) do
  wrong = wrong_type(index, 'zset')
  if wrong then return wrong end
end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, id = now_ms(ARGV[1]), ARGV[5]
-- If the host's clock is ahead, an occurrence would be left out; if it is behind, one would come twice.
if ARGV[11] ~= '' and (tonumber(ARGV[11]) > now or now > (tonumber(ARGV[7]) or MAX)) then return 'clock:' .. int(now) end

local WHEN = { 'due', 'start', 'slot', 'resumed', 'missed' }
local FIELDS = { 'status', 'spec', 'version', 'fired', 'last', 'added', 'timing', 'tags', unpack(WHEN) }
local old, values = {}, redis.call('HMGET', KEYS[3], unpack(FIELDS))
for n, field in ipairs(FIELDS) do old[field] = values[n] end
local live = old.status == 'active' or old.status == 'paused'
-- A completed trigger stays, too, unless its time is relative: adding "in 30 minutes" again means a new trigger.
local stays = live or (old.status == 'completed' and ARGV[8] == '')
local changes = live and (ARGV[6] == 'update' or ARGV[6] == 'declare')
if ARGV[6] == 'update' and not live then return record(KEYS[2], ARGV[3], ARGV[4], old.status and 'ended' or 'not-found', now) end
if ARGV[6] == 'declare' then
  local known = old.spec or redis.call('HGET', KEYS[7], id)
  if known == ARGV[9] then return 'kept:' .. (old.version or '') end
end
if stays and (old.spec == ARGV[9] or ARGV[6] == 'keep') then
  return record(KEYS[2], ARGV[3], ARGV[4], 'kept:' .. (old.version or ''), now)
elseif live and ARGV[6] == 'throw' then
  return record(KEYS[2], ARGV[3], ARGV[4], 'conflict', now)
end

local due = ARGV[7]
if ARGV[8] ~= '' then due = int(now + ARGV[8]) end
if due == 'never' then return 'over:' .. int(now) end
if last and (last < now or (due ~= '' and last < tonumber(due))) then return 'over:' .. int(now) end

record(KEYS[2], ARGV[3], ARGV[4], 'added', now)
if ARGV[6] == 'declare' then redis.call('HSET', KEYS[7], id, ARGV[9]) end
local fields = { 'status', changes and old.status or 'active', 'spec', ARGV[9] }
add_field(fields, 'added', changes and whole(old.added) and old.added or int(now))
add_field(fields, 'version', ARGV[10])
add_field(fields, 'due', due)
add_field(fields, 'fired', changes and whole(old.fired) and old.fired)
add_field(fields, 'last', changes and whole(old.last) and old.last)
add_field(fields, 'timing', ARGV[12])
for i = 14, #ARGV do fields[#fields + 1] = ARGV[i] end
-- A trigger that waits for events is due when its time is over: fire_due.lua then ends it.
local score = due ~= '' and due or (last and int(last + 1)) or NEVER
if changes and ARGV[12] ~= '' and old.timing == ARGV[12] and whole(old.due) then
  -- Its payload or options have changed, but not its schedule: it stays due as it was.
  for _, field in ipairs(WHEN) do add_field(fields, field, whole(old[field]) and old[field]) end
  score = old.due
end
redis.call('DEL', KEYS[3])
if not changes then redis.call('DEL', KEYS[6]) end
if changes and old.status == 'paused' then score = NEVER end
redis.call('HSET', KEYS[3], with_payload(ARGV[13], unpack(fields)))
redis.call('ZREM', KEYS[5], id)
if old.tags and old.tags ~= tags then untag_trigger(id, old.tags) end
tag_trigger(id, tags)

local first = head(KEYS[4])
redis.call('ZADD', KEYS[4], score, id)
if not first or tonumber(score) < first then wake_for_triggers(ARGV[2]) end
return 'added'
