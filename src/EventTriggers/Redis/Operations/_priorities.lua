-- The ready deliveries of a group whose priority is high or low have lists of their own, 'ready-high' and 'ready-low'. A claim shares its
-- room among the three lists, so that none starves.

-- A string, '1', once an event has had a priority: before that, no claim looks at the other two lists.
local PRIORITIZED = root .. ':prioritized'

-- The list in which a delivery waits, by the priority of its event, or nil for the normal one. Triggers match events in their order, and so
-- come the deliveries of a key in a group that orders them. rank: the priority, '' or nil; ordered_by: the key of the event, '' or nil.
local function ranked_kind(group, rank, ordered_by)
  if (rank ~= 'high' and rank ~= 'low') or group == '$triggers' then return nil end
  if ordered_by and ordered_by ~= '' and reach('HGET', key('settings', group), 'places') then return nil end
  return 'ready-' .. rank
end

-- What a claim does where some events have a priority.
local function prioritizing()
  -- Of twelve places 8 are for high priority, 3 for normal, 1 for low. A claim goes on where the caller's claim before it has ended, so
  -- that claims with little room keep the shares together. turn: how many places were used before.
  local PATTERN, LETTERS = 'hnhhlhnhhnhh', { 'h', 'n', 'l' }
  local lists_of = {}

  local function letter_at(turn, i)
    local place = (turn + i) % 12 + 1
    return string.sub(PATTERN, place, place)
  end

  local function shares_of(room, turn)
    local rounds = math.floor(room / 12)
    local shares = { h = 8 * rounds, n = 3 * rounds, l = rounds }
    for i = 1, room % 12 do shares[letter_at(turn, i)] = shares[letter_at(turn, i)] + 1 end
    return shares
  end

  -- Takes ids from three lists in the order of the places, so that the shares hold, too, where not all of them fit into a reply.
  local function in_turns(popped, lists, list_of, turn)
    local ids, taken, count = {}, { h = 0, n = 0, l = 0 }, #popped.h + #popped.n + #popped.l
    local function is_empty(letter) return taken[letter] == #popped[letter] end
    for i = 1, count do
      local letter = letter_at(turn, i)
      if is_empty(letter) then letter = not is_empty('h') and 'h' or not is_empty('n') and 'n' or 'l' end
      taken[letter] = taken[letter] + 1
      ids[i] = popped[letter][taken[letter]]
      list_of[ids[i]] = lists[letter]
    end
    return ids
  end

  -- Pops ready deliveries of all priorities. What one has too few for, the others get, the higher one first.
  local function pop_shared(g, room, turn)
    if g.name == '$triggers' then return pop(g.ready, room) end
    local lists = { h = key('ready-high', g.name), n = g.ready, l = key('ready-low', g.name) }
    local popped, shares, left = { h = {}, n = {}, l = {} }, shares_of(room, turn), room
    local function pop_some(letter, most)
      for _, id in ipairs(most > 0 and pop(lists[letter], most) or {}) do table.insert(popped[letter], id) end
    end
    for _, letter in ipairs(LETTERS) do
      pop_some(letter, shares[letter])
      left = left - #popped[letter]
    end
    for _, letter in ipairs(LETTERS) do
      local before = #popped[letter]
      if before == shares[letter] then pop_some(letter, left) end
      left = left - (#popped[letter] - before)
    end
    lists_of[g] = lists_of[g] or {}
    return in_turns(popped, lists, lists_of[g], turn)
  end

  -- The list from which pop_shared() took a delivery, or nil.
  local function list_of(g, id) return lists_of[g] and lists_of[g][id] end

  -- Adds deliveries of high and low priority to their lists. Answers the others.
  local function push_ranked(g, ids)
    local others, ranked = {}, {}
    for _, id in ipairs(ids) do
      local kind = ranked_kind(g.name, unpack(fields_of(event_key(id), 'priority', 'key')))
      if kind then append(ranked, kind, id) else others[#others + 1] = id end
    end
    for kind, list in pairs(ranked) do push(key(kind, g.name), list) end
    return others
  end

  local function count_ready(g)
    local count = 0
    for _, kind in ipairs({ 'ready-high', 'ready', 'ready-low' }) do count = count + (reach('LLEN', key(kind, g.name)) or 0) end
    return count
  end

  return { pop = pop_shared, list_of = list_of, push = push_ranked, count = count_ready }
end
