-- Changes dead letters of an event by its id. Needs _lanes.

-- Takes the deliveries of an event that are dead letters out of them, and changes each, once however often the call is repeated. The slots
-- are those of redrive.lua and discard_event.lua. done: what to answer when some were changed; change: called with the event's hash, its
-- id, and the group of each. Answers the outcome.
local function change_dead(done, now, change)
  local wrong = wrong_type(KEYS[3], 'hash')
  if wrong then return wrong end
  local before = replayed(KEYS[2], ARGV[3], ARGV[4])
  if before then return before end

  local id, groups, fields = ARGV[5], {}, redis.call('HKEYS', KEYS[3])
  local outcome = #fields == 0 and 'not-found' or 'not-dead'
  for _, field in ipairs(fields) do
    local group = string.match(field, '^status:(.+)$')
    if group and (ARGV[6] == '' or ARGV[6] == group) then
      groups[#groups + 1] = group
      wrong = wrong or wrong_type(key('dead', group), 'zset')
    end
  end
  if wrong then return wrong end

  -- The first write is a removal.
  redis.call('HDEL', KEYS[2], ARGV[3])
  for _, group in ipairs(groups) do
    if redis.call('ZREM', key('dead', group), id) == 1 then
      change(KEYS[3], id, group, now)
      outcome = done
    end
  end
  return record(KEYS[2], ARGV[3], ARGV[4], outcome, now)
end
