-- Shares a number out among the consumers of a group, so that all of them together handle no more deliveries at a time. What each has told
-- is a field of the group's hash, by its name: 'configured held lasts ends'. It handles so many at a time if nothing is set, 0 when it
-- stops; it may be handling so many now, and until it knows the reply; and what it holds is kept for so many ms if it is silent, until
-- then. The field '' says when a consumer was heard last.

-- Where there are fewer than one for each consumer, these take turns: so long each.
local TURN = 60000

-- No consumer reports less often: when nobody was heard for longer, nobody could be.
local SILENCE = 25000

-- How long a hash is kept after the last consumer was heard.
local KEPT = 86400000

local function share_hash(group) return key('shares', group) end

-- What consumers have told that are not silent, by name, and what the group's hash is to forget and to say anew. lasts: how long what the
-- caller holds is kept.
local function read_shares(told, now, lasts)
  local shares, forgotten, renewed, quiet = {}, {}, {}, 0
  for i = 1, #told, 2 do
    if told[i] == '' then quiet = now - (whole(told[i + 1]) or now) end
  end
  for i = 1, #told, 2 do
    local name, own, held, kept, ends = told[i], string.match(told[i + 1], '^(%d+) (%d+) (%d+) (%d+)$')
    own, held, kept, ends = whole(own), whole(held), whole(kept), whole(ends)
    if own and held and kept and ends then
      -- While nobody was heard, this one could not be: it is given time to say that it is there. A clock that went back keeps it no longer.
      local is_outage = quiet > math.max(kept / 2, math.min(lasts / 2, SILENCE))
      local until_then = is_outage and math.max(ends, now + math.floor(kept / 2)) or ends
      until_then = math.min(until_then, now + kept)
      if until_then > now then
        shares[name] = { own = own, held = held }
        if until_then ~= ends then add_field(renewed, name, table.concat({ int(own), int(held), int(kept), int(until_then) }, ' ')) end
      end
    end
    if name ~= '' and not shares[name] then forgotten[#forgotten + 1] = name end
  end
  return shares, forgotten, renewed
end

-- What a consumer should have of a number: one, and of the rest as much as its configuration is of that of all. Each computes the same, so
-- that all shares together are the number. weights: of each name, what it is configured with. turns: ms by which turns are taken.
local function fair_share(count, name, names, weights, turns)
  table.sort(names)
  local place, before, all = 0, 0, 0
  for i, one in ipairs(names) do
    if one == name then place, before = i, all end
    all = all + weights[one]
  end
  local rest = count - #names
  if rest < 0 then return (place + math.floor(turns / TURN)) % #names < count and 1 or 0 end
  return 1 + math.floor(rest * (before + weights[name]) / all) - math.floor(rest * before / all)
end

-- Notes what the caller tells, and answers its share of a number: what it should have, but no more than others leave, unless it has that
-- already. One that was not known has no right to what it has, and gets no more than that at first: others may not be known either.
-- Answers also whether all are to report again: others are to get what it gives up, and to give it a share if they do not know it yet.
local function share_out(group, count, caller, now)
  local hash = share_hash(group)
  local told = reach('HGETALL', hash)
  -- It cannot be read what others have.
  if not told then return caller.allowed, false end

  local shares, forgotten, fields = read_shares(told, now, caller.lasts)
  local names, weights, others, before = { caller.name }, { [caller.name] = caller.own }, 0, shares[caller.name]
  for other, one in pairs(shares) do
    if other ~= caller.name then
      others = others + one.held
      if one.own > 0 then names[#names + 1], weights[other] = other, one.own end
    end
  end
  local fair = caller.own > 0 and fair_share(count, caller.name, names, weights, caller.turns) or 0
  local left = math.max(0, count - others)
  local given = math.min(fair, before and math.max(caller.allowed, left) or math.min(caller.allowed, left))
  local holds = math.max(caller.held, given)

  if #forgotten > 0 then redis.call('HDEL', hash, unpack(forgotten, 1, math.min(#forgotten, 1000))) end
  add_field(fields, '', int(now))
  add_field(fields, caller.name, table.concat({ int(caller.own), int(holds), int(caller.lasts), int(now + caller.lasts) }, ' '))
  for i = 1, #fields, 1000 do redis.call('HSET', hash, unpack(fields, i, math.min(i + 999, #fields))) end
  redis.call('PEXPIRE', hash, KEPT)
  return given, not before or (#names > 1 and before.held > holds and others + holds < count)
end
