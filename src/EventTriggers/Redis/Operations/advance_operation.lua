--[[
  Takes one step of a bulk operation: looks at some entries behind those that earlier steps looked at, changes what its query asks for, and
  notes how far it came, all at once. So each entry is looked at once, whatever is killed. One consumer takes the steps of an operation;
  when it is silent for a while, another goes on. Its first write is a removal, so it works when memory is full.

  Takes KEYS 4, ARGV 7

  KEYS[1]   root
  KEYS[2]   operations:running
  KEYS[3…4] triggers, triggers:ended
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken, and told of cancellations
  ARGV[3]   consumer  that takes the step
  ARGV[4]   silence   ms after which another consumer may go on
  ARGV[5]   age       ms that an ended operation is remembered
  ARGV[6…7] cap, age  of ended triggers

  Returns   ms until the next step, or −1 when no operation runs; then, if a step was taken: the operation's id, its kind, its status, how
            many entries it has looked at, how many it has changed, and the ids of triggers that it canceled and that have subscriptions
]]
-- The most entries that a step looks at, the most operations among which it chooses, and how far it looks for where a list goes on.
local STEP, MOST_RUNNING, SEARCH = 100, 20, 1000

-- No step is due later than this, in ms: the clock has gone back.
local LATEST = 3600000

-- How long an operation waits for a key that holds something of another type, in ms.
local BLOCKED = 60000

local now, channel, consumer = now_ms(ARGV[1]), ARGV[2], ARGV[3]

-- The operation whose next step is due, and whether no other runs; else nil, and how long none is due, or -1 when none runs.
local function choose()
  local ids, pause = reach('ZRANGE', KEYS[2], 0, int(MOST_RUNNING - 1), 'WITHSCORES') or {}, nil
  for i = 1, #ids, 2 do
    local runner, due = unpack(fields_of(key('operation', ids[i]), 'runner', 'due'))
    due = runner == consumer and whole(due) or tonumber(ids[i + 1])
    if due <= now or due > now + LATEST then return ids[i], #ids == 2 end
    pause = math.min(pause or due - now, due - now)
  end
  return nil, pause or -1
end

local chosen, pause = choose()
if not chosen then return { pause } end
local is_alone = pause
local hash = key('operation', chosen)
local operation = {
  type = '', correlation = '', error = '', firing = '', prefix = '', key = '', score = '', member = '', list = '', entry = '',
}
local stored = redis.pcall('HGETALL', hash)
for i = 1, stored.err and 0 or #stored, 2 do operation[stored[i]] = stored[i + 1] end
if operation.status ~= 'running' then
  redis.call('ZREM', KEYS[2], chosen)
  return { 0 }
end

local started, from, before = whole(operation.started) or 0, whole(operation.from), whole(operation.before)
local every, group = whole(operation.every), operation.group or ''
local examined, changed, canceled, watching, signaled, is_blocked = 0, 0, {}, {}, {}, false
local fields, filter = wanted_fields(group), {
  status = operation['trigger-status'] or '', kind = operation['trigger-kind'] or '', type = operation.type, on = operation.on or '',
  from = from, before = before,
}

-- A rate lets so many be changed in a step as a tenth of a second has.
local most_changed = every and math.max(1, math.floor(100000 / every)) or STEP
local function is_full() return examined >= STEP or changed >= most_changed end

local function is_in_time(at) return (not from or at >= from) and (not before or at < before) end

-- Changes a delivery, if it is one that the query asks for and that was there when the operation began. rank: its score, nil in a list.
local function change_delivery(index, entry, rank)
  local id = index == 'leased' and id_of_lease(entry) or entry
  if string.sub(id, 1, #operation.prefix) ~= operation.prefix then return end
  local event = event_key(id)
  local e = fields_of(event, unpack(fields))
  local at = whole(e[6]) or 0
  if e.is_foreign or status_of(e[1]) ~= index or at > started or not is_in_time(rank or at) or not has_wanted(operation, e) then return end
  if operation.kind == 'cancel' then
    -- A lease that was renewed after it was looked at comes again.
    if index == 'leased' and redis.call('HGET', event, 'cancel:' .. group) then return end
    if cancel_delivery(event, id, group, now) == 'signaled' then signaled[#signaled + 1] = id end
    changed = changed + 1
  elseif redis.call('ZREM', key('dead', group), id) == 1 then
    if operation.kind == 'redrive' then redrive(event, id, group, now) else discard(event, id, group, now) end
    changed = changed + 1
  end
end

-- Changes a trigger that is active or paused.
local function change_trigger(_, id)
  if string.find(id, '#', 1, true) or string.sub(id, 1, #operation.prefix) ~= operation.prefix then return end
  local trigger = key('trigger', id)
  local t = fields_of(trigger, unpack(TRIGGER_FIELDS))
  local kind, status, last = operation.kind, t[1], nil
  if t.is_foreign or (whole(t[6]) or 0) > started or not is_wanted_trigger(filter, t) then return end
  if kind == 'resume-triggers' then last = fields_of(trigger, 'until')[1] end
  if kind == 'cancel-triggers' and (status == 'active' or status == 'paused') then
    redis.call('HSET', trigger, 'status', 'canceled')
    canceled[#canceled + 1] = id
    if t[7] then watching[#watching + 1] = id end
  elseif kind == 'pause-triggers' and status == 'active' then
    pause_trigger(trigger, KEYS[3], id)
  elseif kind == 'resume-triggers' and status == 'paused' and not is_bad(t[5]) and not is_bad(last) then
    resume_trigger(trigger, KEYS[3], id, now, t[5], last, t[2])
  else
    return
  end
  changed = changed + 1
end

-- Goes through a sorted set. Answers whether it stopped before its end.
local function walk_set(name, zset, is_down, change)
  if wrong_type(zset, 'zset') then
    note_foreign(zset)
    is_blocked = true
    return true
  end
  if operation.score == '' then
    local highest = before
    if name == 'dead' then highest = math.min(before or MAX, started + 1) end
    operation.score, operation.member = is_down and (highest and int(highest) or '+inf') or '-inf', ''
  end
  local rank = passed(zset, operation.score, operation.member, is_down)
  local entries = redis.call(is_down and 'ZREVRANGE' or 'ZRANGE', zset, int(rank), int(rank + STEP - 1), 'WITHSCORES')
  for i = 1, #entries, 2 do
    if is_down and from and tonumber(entries[i + 1]) < from then return false end
    if is_full() then return true end
    operation.member, operation.score, examined = entries[i], entries[i + 1], examined + 1
    change(name, entries[i], tonumber(entries[i + 1]))
  end
  return #entries == 2 * STEP
end

-- Goes through a list. Answers whether it stopped before its end.
local function walk_list(name, list)
  if wrong_type(list, 'list') then
    note_foreign(list)
    is_blocked = true
    return true
  end
  if name ~= operation.list then operation.list, operation.place, operation.entry = name, 0, '' end
  local place, reached = place_behind(list, whole(operation.place) or 0, operation.entry, SEARCH)
  if not place then
    operation.place = reached or 0
    examined = examined + (reached and STEP or 0)
    return reached ~= nil
  end
  local entries = redis.call('LRANGE', list, int(place), int(place + STEP - 1))
  for i, entry in ipairs(entries) do
    if is_full() then return true end
    operation.place, operation.entry, examined = place + i - 1, entry, examined + 1
    change_delivery('ready', entry)
  end
  return #entries == STEP
end

-- Goes through the lists of the group. Answers whether it stopped before their end.
local function walk_lists()
  local function look_at(name, list)
    local before = examined
    if walk_list(name, list) then return true end
    -- A backlog without entries counts as well: so the number of backlogs that a step reads is limited.
    if examined > before or not is_backlog(name) then return false end
    examined = before + 1
    return is_full()
  end
  if operation.key ~= '' then return each_list_of_key(group, operation.key, operation.list, look_at) end
  return each_list(group, operation.list, look_at)
end

-- Goes once more through the lists to which deliveries go whose turn has come, if the group orders by key. One that waited for others of
-- its key while those lists were looked at, and did not any more when its backlog was, was in neither.
local function walk_promoted()
  if not reach('HGET', key('settings', group), 'places') then return false end
  return (operation.list ~= 'quarantine' and walk_list('ready', key('ready', group))) or walk_list('quarantine', key('quarantine', group))
end

-- Goes through one of the operation's indexes. Answers whether it stopped before its end.
local function walk(source)
  if source == 'lists' then return walk_lists() end
  if source == 'promoted' then return walk_promoted() end
  if source == 'live' then return walk_set(source, KEYS[3], false, change_trigger) end
  if source == 'tagged' then return walk_set(source, key('tagged', operation.tag), false, change_trigger) end
  -- Deliveries that failed meanwhile wait for their next attempt.
  if source == 'retried' then return walk_set('delayed', key('delayed', group), true, change_delivery) end
  -- Upwards where renewals raise the scores: so none is passed over.
  return walk_set(source, key(source, group), source ~= 'leased', change_delivery)
end

-- The first write: a removal, which full memory lets through.
redis.call('HDEL', hash, 'none')
local has_stopped, is_over = false, (operation.source or '') ~= ''
for source in string.gmatch(operation.sources or '', '%a+') do
  is_over = is_over and source ~= operation.source
  if not is_over and not has_stopped then
    if source ~= operation.source then operation.source, operation.score, operation.member, operation.list = source, '', '', '' end
    has_stopped = walk(source)
  end
end

end_triggers(KEYS[3], KEYS[4], canceled, ARGV[6], ARGV[7], now)

local due = now + math.ceil(changed * (every or 0) / 1000) + (is_blocked and BLOCKED or 0)
examined, changed = (whole(operation.examined) or 0) + examined, (whole(operation.changed) or 0) + changed

-- A delivery that was leased while the lists were looked at, and given back before the leases were, was in neither: another round finds it.
if not has_stopped and operation.kind == 'cancel' and changed > (whole(operation.round) or 0) then
  operation.source, operation.list, operation.place, operation.entry, operation.round = '', '', 0, '', changed
  has_stopped = true
end

local status = has_stopped and 'running' or 'completed'
redis.call(
  'HSET', hash, 'status', status, 'runner', consumer, 'due', int(due), 'source', operation.source or '', 'score', operation.score,
  'member', operation.member, 'list', operation.list, 'place', int(whole(operation.place) or 0), 'entry', operation.entry,
  'examined', int(examined), 'changed', int(changed), 'round', int(whole(operation.round) or 0))
if has_stopped then
  redis.call('ZADD', KEYS[2], int(due + tonumber(ARGV[4])), chosen)
else
  redis.call('ZREM', KEYS[2], chosen)
  redis.call('HSET', hash, 'ended', int(now))
  redis.call('PEXPIRE', hash, ARGV[5])
end
write_order(channel)
send(channel)
if taken_names then taken_names.go_on(channel, now) end
for _, id in ipairs(signaled) do tell(channel, '!' .. id) end
if operation.kind == 'resume-triggers' and changed > 0 then wake_for_triggers(channel) end
return { is_alone and due - now or 0, chosen, operation.kind or '', status, examined, changed, unpack(watching) }
