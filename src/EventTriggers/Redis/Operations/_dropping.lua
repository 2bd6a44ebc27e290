-- Reports the events that triggers over time drop, and why.

local UNREADABLE = 'Something else has written into its hash: what it asks for over time, or how often it has fired, cannot be read.'

-- The events that this call dropped: ids of triggers, each followed by a word.
local dropped = {}

-- trigger: its id and hash.
local function drop(trigger, word, text)
  dropped[#dropped + 1] = trigger.id
  dropped[#dropped + 1] = word
  redis.call('HSET', trigger.hash, 'error', text)
end

-- Whether one of some keys holds something of another type, which is noted; each is given with the type that it must have. A step that met
-- such a key has written nothing: each step reads a key before it writes it.
local function are_foreign(...)
  local keys, found = { ... }, false
  for i = 1, #keys, 2 do
    if wrong_type(keys[i], keys[i + 1]) then
      note_foreign(keys[i])
      found = true
    end
  end
  return found
end
