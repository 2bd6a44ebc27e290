-- What operators set for a group at run time: a hash for each group, which exists only while something is set, and a set of the groups that
-- have one. Without that set no group has settings: a claim asks for it, whatever the number of groups.
--   paused  until when the group is paused, in unix ms; -1 until it is resumed. With it: since (when that was set), by, and reason
--   places  how many deliveries of one key the group handles at a time; 0 when it orders no longer, and deliveries still wait. With it:
--           hold ('1' where a key waits behind its dead letter), places-until (hosts that order less are not obeyed until then, in unix
--           ms), and max-backlog
--   key-limit  how many deliveries of one key may begin, see _key_limit. With it: key-limit-until, key-limit-set, key-limit-told

local SETTINGS = root .. ':settings'

local function settings_of(group) return key('settings', group) end

-- Forgets fields of a group's settings, and that it has any where nothing is left.
local function forget_settings(group, ...)
  redis.call('HDEL', settings_of(group), ...)
  if redis.call('EXISTS', settings_of(group)) == 0 then reach('SREM', SETTINGS, group) end
end

-- Until when a group is paused, in unix ms, or nil. A pause without an end lasts to the last moment that there is. A pause that is over is
-- forgotten.
local function pause_of(group, now)
  local ends = whole(reach('HGET', settings_of(group), 'paused'))
  if not ends then return nil end
  if ends < 0 then return MAX end
  if ends > now then return ends end
  forget_settings(group, 'paused', 'since', 'by', 'reason')
end
