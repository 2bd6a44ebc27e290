-- Forgets dead letters. Needs _attempts and _places.

-- The keys that went on because the dead letter was forgotten that they waited behind: a list of 'group key id' for the next sweep to tell,
-- with at most so many entries.
local LET_GO, MOST_TOLD = root .. ':let-go', 100

-- What is forgotten with the dead letters of a group: their attempts, and the places that they keep.
local function forget_dead(group)
  return function(ids)
    for _, id in ipairs(ids) do
      redis.call('DEL', attempts_of(group, id))
      local name = ordering().end_dead(group, event_key(id), id)
      if name and reach('LPUSH', LET_GO, group .. ' ' .. name .. ' ' .. id) then redis.call('LTRIM', LET_GO, 0, MOST_TOLD - 1) end
    end
  end
end
