-- Unique work: of the events that bear one name, at most one runs, and at most one waits until it has ended. The field 'unique' of an event
-- says until when it holds its name, 'handled', 'started' or 'window', and the name, behind that of its key and a '/' if it has one. Needs
-- _deliveries and _priorities.
--   unique  string, for each name: the event that holds it; behind a space the one that was published to wait, or '='; and behind others
--           those that claims have put off, as redriven ones. It only says which events to look at: their hashes tell whether they hold
--           the name or wait for it. So nothing holds a name that has ended, whatever was lost
--   window  string, for each name that is held for a time: the event, and until when it holds the name, in ms

-- The functions below, once a call has needed them: most calls need none.
local taken_names

local function naming()
  if taken_names then return taken_names end
  local ended, woken, canceled = {}, {}, {}
  local LIVE = { ready = true, delayed = true, leased = true }

  -- What waits for a name is looked at again after so many ms, in case that nothing has made it ready before; and what is put off beyond
  -- so many bytes of ids is not noted.
  local BACKSTOP, LONGEST_NOTE = 60000, 50000

  local function read_field(field) return string.match(field or '', '^(%l+) (%S+)$') end

  -- The text of a key; '' for none, and nil if it holds something of another type. Some servers answer that there is none then.
  local function read_text(at)
    local text = reach('GET', at)
    if text then return text end
    if text == nil or wrong_type(at, 'string') then return note_foreign(at) end
    return ''
  end

  -- The event that a name leads to, the one that was published to wait, and those that were put off, '' for none; nil for no event, and
  -- false if the key holds something of another type.
  local function read_name(name)
    local text = read_text(key('unique', name))
    if not text then return false end
    local holder, next, others = string.match(text, '^(%S+) ?(%S*) ?(.*)$')
    return holder, next == '=' and '' or next, others
  end

  local function write_name(name, holder, next, others)
    local text, waits = holder, (next or '') ~= ''
    if (others or '') ~= '' then text = holder .. ' ' .. (waits and next or '=') .. ' ' .. others
    elseif waits then text = holder .. ' ' .. next end
    redis.call('SET', key('unique', name), text)
  end

  -- A list of ids without one of them, or with another one at its end.
  local function without(ids, id)
    local left = {}
    for one in string.gmatch(ids, '%S+') do
      if one ~= id then left[#left + 1] = one end
    end
    return table.concat(left, ' ')
  end
  local function with(ids, id) return ids == '' and id or ids .. ' ' .. id end

  -- The fields of an event that say what has become of it, by their names.
  local function read_event(event)
    local wanted, fields = { 'unique', 'expires', 'status', 'routed' }, redis.pcall('HKEYS', event)
    for _, field in ipairs(fields.err and {} or fields) do
      if string.find(field, '^status:') or string.find(field, '^fence:') then wanted[#wanted + 1] = field end
    end
    local values, e = fields_of(event, unpack(wanted)), {}
    for i, field in ipairs(wanted) do e[field] = values[i] or nil end
    return e
  end

  -- Whether any of its deliveries has not ended, whether one is leased, and whether one was claimed. The group that matches triggers
  -- handles nothing, so its claim begins nothing. An event that no group has taken waits for the first one.
  local function sum_up(e)
    local is_live, is_leased, has_begun, count = false, false, false, 0
    for field, value in pairs(e) do
      local kind, group = string.match(field, '^(%l+):(.+)$')
      local word, handles = kind == 'status' and status_of(value), group ~= '$triggers'
      if word then count = count + 1 end
      is_live, is_leased = is_live or LIVE[word], is_leased or word == 'leased'
      has_begun = has_begun or (handles and (kind == 'fence' or word == 'leased' or word == 'processed'))
    end
    if count == 0 then is_live = not e.status and not e.routed end
    return is_live, is_leased, has_begun
  end

  -- What an event does about a name: it 'waits' until one of its deliveries is claimed, and 'runs' from then on; nil if it does not hold
  -- the name: its deliveries have ended, or will expire when they are claimed, or it holds it only until it begins.
  local function standing_of(id, name, now)
    local e = read_event(event_key(id))
    local mode, of = read_field(e.unique)
    if of ~= name then return nil end
    local is_live, is_leased, has_begun = sum_up(e)
    if not is_live or (mode == 'started' and has_begun) then return nil end
    if not is_leased and (whole(e.expires) or MAX) <= now then return nil end
    return has_begun and 'runs' or 'waits'
  end

  -- The event that holds a name, or is to hold it next, and what it does; the one that waits for it, and those that were put off, '' for
  -- none. nil if the name is free.
  local function holder_of_name(name, now)
    local holder, next, others = read_name(name)
    if not holder then return holder end
    local state = standing_of(holder, name, now)
    if next ~= '' and not standing_of(next, name, now) then next = '' end
    if state then return holder, state, next, others end
    if next ~= '' then return next, 'waits', '', others end
    while others ~= '' do
      holder, others = string.match(others, '^(%S+) ?(.*)$')
      if standing_of(holder, name, now) then return holder, 'waits', '', others end
    end
  end

  -- Makes the deliveries of an event ready that waited for its name, unless its own delay is not over.
  local function make_ready(id, now)
    local event = event_key(id)
    local due, priority, ordered_by = unpack(fields_of(event, 'due', 'priority', 'key'))
    due = whole(due) or 0
    for field, value in pairs(read_event(event)) do
      local group = value == 'delayed' and string.match(field, '^status:(.+)$')
      -- One that comes later waits for its next attempt.
      if group and (tonumber(reach('ZSCORE', key('delayed', group), id) or '') or 0) > now + BACKSTOP then group = nil end
      if group and due > now then reach('ZADD', key('delayed', group), int(due), id)
      elseif group then
        local plain, quarantined = {}, {}
        reach('ZREM', key('delayed', group), id)
        redis.call('HSET', event, field, 'ready')
        sort_ready(quarantined, plain, redis.call('HGET', event, 'crashes:' .. group), id)
        push(key(ranked_kind(group, priority, ordered_by) or 'ready', group), plain)
        push(key('quarantine', group), quarantined)
      end
      if group then woken[group] = true end
    end
  end

  -- Gives a name to the event that waits for it, if the one that held it does so no longer. Answers whether anything has changed.
  local function move_on(name, now)
    local before, waiting, noted_others = read_name(name)
    if not before then return false end
    local holder, _, next, others = holder_of_name(name, now)
    if holder == before and next == waiting and others == noted_others then return false end
    if not holder then redis.call('DEL', key('unique', name)) else write_name(name, holder, next, others) end
    if holder and holder ~= before then make_ready(holder, now) end
    return true
  end

  -- Notes that a delivery of an event has ended: go_on() lets the one go on that waits for its name.
  local function note_end(field)
    local mode, name = read_field(field)
    if name and mode ~= 'window' then ended[name] = true end
  end

  -- Whether a delivery may be leased: its event holds its name, or takes it now from one that has not begun. If another one runs, it has to
  -- wait. If it cannot be read which one does, none is leased.
  local function may_begin(id, field, now)
    local mode, name = read_field(field)
    if not name or mode == 'window' then return true end
    local holder, next, others = read_name(name)
    if holder == false then return false end
    if mode == 'started' then
      if not standing_of(id, name, now) then return true end
      ended[name] = true
    end
    if holder == id then return true end
    local state = holder and standing_of(holder, name, now)
    next, others = next or '', others or ''
    local is_noted = next == id or without(others, id) ~= others
    if state == 'runs' then
      if not is_noted and #others < LONGEST_NOTE then write_name(name, holder, next, with(others, id)) end
      return false
    end
    next, others = next == id and '' or next, without(others, id)
    -- What has not begun lets this one pass, and comes behind it.
    if state then others = others == '' and holder or holder .. ' ' .. others end
    write_name(name, id, next, others)
    return true
  end

  -- Lets an event hold its name again if nothing does.
  local function retake(id, field, now)
    local mode, name = read_field(field)
    if mode == 'handled' and holder_of_name(name, now) == nil then write_name(name, id) end
  end

  -- Lets those go on whose names are free now, and wakes consumers. It comes after send(), because what waits may be in the outbox.
  local function go_on(channel, now)
    for name in pairs(ended) do move_on(name, now) end
    for group in pairs(woken) do wake(channel, group) end
    for _, id in ipairs(canceled) do tell(channel, '!' .. id) end
  end

  taken_names = {
    BACKSTOP = BACKSTOP, ended = ended, canceled = canceled, read_event = read_event, read_field = read_field, read_text = read_text,
    write_name = write_name, standing_of = standing_of, holder_of_name = holder_of_name, move_on = move_on, note_end = note_end,
    may_begin = may_begin, retake = retake, go_on = go_on, without = without,
  }
  return taken_names
end
