-- Forgets dead letters. Needs _attempts and _places.

-- What is forgotten with the dead letters of a group: their attempts, and the places that they keep.
local function forget_dead(group)
  return function(ids)
    for _, id in ipairs(ids) do
      redis.call('DEL', attempts_of(group, id))
      ordering().end_dead(group, event_key(id), id)
    end
  end
end
