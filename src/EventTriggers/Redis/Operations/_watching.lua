-- Fires triggers for events that they watch. Needs _firing and _ending. t: type, fired, status, version, times, until and start as read from a
-- trigger's hash.

local STATUSES = { active = true, paused = true, completed = true, canceled = true }

-- Whether what was read of a trigger is what the library writes there. Somebody else may have written into its hash, or put something in its place.
local function is_readable(t)
  return is_name(t[1]) and STATUSES[t[3] or ''] and not (is_bad(t[2]) or is_bad(t[5]) or is_bad(t[6]) or is_bad(t[7]))
end

-- Why a trigger does not fire for what was published at a moment, or nil.
local function refusal(id, hash, t, at)
  if t[3] == 'paused' then return 'paused' end
  if t[3] ~= 'active' then return 'ended' end
  if t[7] and at < tonumber(t[7]) then return 'early' end
  if t[6] and at > tonumber(t[6]) then
    complete(id, hash, t, t[4])
    return 'ended'
  end
end

-- Fires a trigger, and remembers for which event it has, by when that was published.
local function fire_once(id, hash, t, raised, seen, dedup, at, due, now, sources, payload, trail)
  t[2] = fire(id, hash, t, raised, due, now, sources, 0, payload, trail)
  redis.call('SET', seen, int(at), 'PX', dedup)
  if not t[5] or t[2] < tonumber(t[5]) then return 'fired' end
  complete(id, hash, t, t[4])
  return 'last'
end
