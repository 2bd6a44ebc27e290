-- Publishes events with names. Needs _unique, _canceling and _outbox.

-- Decides about an event with a name before it is accepted. value: until when it holds the name ('handled', 'started', or ms), what happens
-- where another one has it ('keep', 'replace', 'queue' or 'cancel'), and the name; due: ms when it becomes ready, or nil. Answers the id of
-- the event that is kept in its place; or nil, then when it becomes ready, and its field 'unique'.
local function take_name(id, value, due, now)
  local names = naming()
  local mode, otherwise, name = string.match(value, '^(%S+) (%S+) (%S+)$')

  -- One that was accepted in this call is not in its index yet.
  local function withdraw(other)
    for _, scored in pairs(outbox.delayed) do
      for i = #scored, 2, -2 do
        if scored[i] == other then
          table.remove(scored, i)
          table.remove(scored, i - 1)
        end
      end
    end
  end

  -- Cancels the deliveries of another event that have not ended. The handlers that run are told.
  local function cancel(other)
    local event, routed = event_key(other), false
    for field in pairs(names.read_event(event)) do
      local group = string.match(field, '^status:(.+)$')
      routed = routed or (group and group ~= '$triggers')
      if group and cancel_delivery(event, other, group, now) == 'signaled' then names.canceled[#names.canceled + 1] = other end
    end
    if not routed then redis.call('HSET', event, 'status', 'canceled') end
    withdraw(other)
  end

  -- The event that goes on next when the holder has ended, or nil. Of those that were put off, some may have expired meanwhile.
  local function first_waiting(next, others)
    if next ~= '' then return next end
    for one in string.gmatch(others, '%S+') do
      if names.standing_of(one, name, now) then return one end
    end
  end

  local function hold_for_a_time()
    local span, field = tonumber(mode), 'window ' .. name
    local text = names.read_text(key('window', name))
    if not text then return nil, due, field end
    local holder, ends = string.match(text, '^(%S+) (%d+)$')
    if holder and tonumber(ends) > now then
      if otherwise ~= 'replace' or names.standing_of(holder, name, now) ~= 'waits' then return holder end
      cancel(holder)
    end
    redis.call('SET', key('window', name), id .. ' ' .. int(now + span), 'PX', int(span))
    return nil, due, field
  end

  if mode ~= 'handled' and mode ~= 'started' then return hold_for_a_time() end
  local field = mode .. ' ' .. name
  local holder, state, next, others = names.holder_of_name(name, now)
  if holder == false then return nil, due, field end
  if holder then
    -- If the one before has ended, the one that waits is still to be told.
    names.ended[name] = true
    if otherwise == 'keep' or (otherwise == 'queue' and state == 'waits') then return holder end
    local waiting = state == 'runs' and first_waiting(next, others)
    if otherwise == 'queue' and waiting then return waiting end
    -- What waits for the holder is replaced; but it goes on to wait for this one where that only takes the turn of the holder.
    if waiting then
      cancel(waiting)
      next, others = '', names.without(others, waiting)
    end
    if state == 'waits' or otherwise == 'cancel' then
      cancel(holder)
      state = names.standing_of(holder, name, now)
    end
  end
  if state ~= 'runs' then
    names.write_name(name, id, next, others)
    return nil, due, field
  end
  names.write_name(name, holder, id, others)
  return nil, math.max(due or 0, now + names.BACKSTOP), field
end
