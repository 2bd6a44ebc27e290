-- Shared by the scripts that record outcomes.

-- Two for each delivery of which something else is recorded than was asked: its place among all, from 0, and a word for it.
local differences = {}
local function differs(n, word)
  differences[#differences + 1] = n - 1
  differences[#differences + 1] = word
end

-- Whether a claim still holds the nth delivery. A delivery held by its first claim has no fence in its hash.
local function is_held(n, event, group, claim)
  local status, fence = unpack(fields_of(event, 'status:' .. group, 'fence:' .. group))
  if status and (fence or '1') == claim then return status_of(status) == 'leased' end
  differs(n, status and 'lost' or 'gone')
end

-- Records successes of first claims that have nothing else to record. Their hashes are the keys from a place on. Answers those that were
-- recorded, as moments and ids; and how many were forgotten at once, with their events.
-- is_kept: whether deliveries that were handled are remembered. If not, and if no event ever went to several groups, the events are deleted
-- with their leases; so is what another program has put under the key of one meanwhile, because to look would cost what this saves.
local function record_successes(from, group, leased, at, is_kept)
  local count, status_field, ids, recorded = #KEYS - from + 1, 'status:' .. group, {}, {}
  -- Giving a lease back by its name is the proof that it was held, for all of them in one command; if one is missing, each is looked at.
  for n = 1, count do ids[n] = id_of(KEYS[from + n - 1]) end
  local held_all = reach('ZREM', leased, unpack(ids)) == count
  if held_all and not is_kept and redis.call('EXISTS', root .. ':shared') == 0 and redis.call('EXISTS', unpack(KEYS, from)) == count then
    redis.call('DEL', unpack(KEYS, from))
    return recorded, count
  end

  for n = 1, count do
    local event = KEYS[from + n - 1]
    if held_all or is_held(n, event, group, '1') then
      local added = redis.pcall('HSET', event, status_field, 'processed')
      if added == 0 then recorded[#recorded + 1], recorded[#recorded + 2] = at, ids[n]
      else
        -- A field that is new: the hash was gone. Or the key holds something else by now.
        if added == 1 then redis.call('DEL', event) end
        differs(n, 'gone')
      end
    end
  end
  return recorded, 0
end
