--[[
  Shows events to triggers over time, and fires those that they complete. An event counts once however often it is delivered, by the moment
  when it was published, and in the order in which events were accepted.

  Takes KEYS 3 + 8n, ARGV 6 + 11n

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due; id#version#key of a trigger over time that waits for a moment
  KEYS[3]   triggers:ended
  KEYS[4…]  eight for each: the trigger's hash, the raised event's hash, its seen key, entries, answers, held, throttled, distinct
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6]   most     values of a trigger's key that it keeps something of
  ARGV[7…] eleven for each: ms when the event was published, its entry, its id, it as JSON, what is carried on to what is raised (add_trail()); the trigger's id,
            its version, the raised event's id, its payload or '', member of KEYS[2], roles ('a', 'b' or 'ab')

  Returns   for each 'fired', 'last' (it fired, for the last time), 'noted', 'repeated', 'throttled', 'paused', 'early', 'ended', 'unreadable' (its hash holds what the
            library does not write), 'foreign' (one of its keys holds something of another type: it is to be shown again later), or 'again' (the script
            has done enough). What was given up is said, too: 'late' (the event is too much older than others that were seen), 'crowded' (there are too many
            values of the key), 'unreadable' (something else has written into the trigger's hash); and behind another word, 'full' (the oldest that waited was given up), or 'stale' (what came before may be forgotten)
]]
local now, most = now_ms(ARGV[1]), tonumber(ARGV[6])
local words, triggers, first, counts = {}, {}, head(KEYS[2]), {}
local can_wait = not wrong_type(KEYS[2], 'zset')

-- Waits for a moment, the earliest that is asked for.
local function wait(o, due)
  redis.call('ZADD', KEYS[2], int(due), o.member)
  o.is_due = true
end

local function raise(o, sources, due)
  local raised = raised_for(o.id, o.raised, o.seen, o.at, o.json)
  if not raised then return 'repeated' end
  local refused = refusal_of_limit(o.t, o.throttled, raised, due)
  if refused then return refused end
  return fire_once(o.id, o.hash, o.t, raised, o.seen, ARGV[3], o.at, due, now, sources, o.payload, o.trail)
end

-- Entries and the event that is shown, oldest first; and its place.
local function with(o, entries)
  local i = #entries + 1
  while i > 1 and is_before(o.at, o.entry, entries[i - 1], entries[i - 2]) do i = i - 2 end
  table.insert(entries, i, o.entry)
  table.insert(entries, i + 1, o.at)
  return entries, i
end

-- What a firing needs of an event that waits for its moment.
local function need_of(o) return o.raised .. ' ' .. #o.trail .. ' ' .. o.trail .. o.payload end

local observe = {}

-- Nothing has to be kept: that the event was raised says that this one was seen.
function observe.each(o)
  return raise(o, '[' .. o.json .. ']', o.at)
end

-- So many events whose first and last are at most a span apart: the oldest of those that the event completes.
function observe.count(o)
  local state, span, count = o.state, o.t.span, o.t.count
  if redis.call('ZCOUNT', state.entries.name, int(math.max(o.at - span, 0)), int(o.at + span)) + 1 >= count then
    local found, own = with(o, between(state.entries, o.at - span, o.at + span))
    for i = math.max(1, own - 2 * count + 2), math.min(own, #found - 2 * count + 1), 2 do
      local last = i + 2 * count - 1
      if found[last] - found[i + 1] <= span then
        local entries = {}
        for n = i, last do entries[#entries + 1] = found[n] end
        local word = raise(o, sources_of(state, entries, o.entry, o.json), found[last])
        use(state, state.entries, entries)
        return word
      end
    end
  end
  open(state, state.entries, o.entry, o.at, o.json)
  return 'noted'
end

-- An event counts once, in whatever role.
local function use_up(o, entry, at)
  for role, set in pairs({ begins = o.state.entries, follows = o.state.answers }) do
    local has_role = o[role]
    if entry ~= o.entry then has_role = is_seen(set, entry) end
    if has_role then use(o.state, set, { entry, at }) end
  end
end

local function fire_pair(o, entry, at, next, next_at)
  local word = raise(o, sources_of(o.state, { entry, at, next, next_at }, o.entry, o.json), next_at)
  use_up(o, entry, at)
  use_up(o, next, next_at)
  return word
end

-- The oldest event that waits, and the first that follows it.
observe['then'] = function(o)
  local state, at, entry = o.state, o.at, o.entry
  if o.follows then
    local oldest = between(state.entries, at - o.t.span, at, 0, 1)
    if oldest[1] and is_before(oldest[2], oldest[1], at, entry) then return fire_pair(o, oldest[1], oldest[2], entry, at) end
  end
  if o.begins then
    local next, next_at = first_after(state.answers, at, entry, at + o.t.span)
    if next then return fire_pair(o, entry, at, next, next_at) end
    open(state, state.entries, entry, at, o.json)
  end
  if o.follows then open(state, state.answers, entry, at, o.json) end
  return 'noted'
end

-- Each event waits for an answer; what is not answered fires when its time is up (fire_waiting.lua).
function observe.without(o)
  local state, at, entry, answered = o.state, o.at, o.entry, {}
  if o.follows then
    mark(state.answers, entry, at)
    local found = between(state.entries, at - o.t.span, at)
    for i = 1, #found, 2 do
      if is_before(found[i + 1], found[i], at, entry) then
        answered[#answered + 1] = found[i]
        answered[#answered + 1] = found[i + 1]
      end
    end
    use(state, state.entries, answered)
  end
  if o.begins then
    if first_after(state.answers, at, entry, at + o.t.span) then use(state, state.entries, { entry, at })
    else open(state, state.entries, entry, at, o.json, need_of(o)) end
  end
  write(state)
  local oldest = between(state.entries, 0, MAX, 0, 1)[2]
  if oldest then wait(o, oldest + o.t.span) elseif #answered > 0 then redis.call('ZREM', KEYS[2], o.member) end
  return 'noted'
end

-- Fires when nothing has come for a span, or it has waited long enough; with the last (fire_waiting.lua). When that is, is found out when it may be.
function observe.debounce(o)
  open(o.state, o.state.entries, o.entry, o.at, o.json, need_of(o))
  wait(o, math.min(tonumber(redis.call('ZSCORE', KEYS[2], o.member) or MAX), o.at + o.t.span))
  return 'noted'
end

-- Why an event with a value that another had is passed over, or nil; then it is noted that it counts. It counts from those that counted. Kept are 'floor',
-- when the last was that is forgotten, and of the newest the id and when it was published.
local function refusal_of_value(o, name)
  local span, all, newest = o.t.distinct, {}, nil
  local known = redis.call('GET', name)
  -- Garnet answers nothing for what is no string, and SET would overwrite it.
  if not known and wrong_type(name, 'string') then error('WRONGTYPE of ' .. name, 0) end
  local floor, kept = string.match(known or '', '^(%-?%d+)(.*)$')
  floor = tonumber(floor or -1)
  for id, ms in string.gmatch(kept or '', '(%S+) (%d+)') do
    local at = tonumber(ms)
    if id == o.source then return nil end
    if math.abs(o.at - at) < span then return 'repeated' end
    all[#all + 1], newest = { at, id }, math.max(newest or at, at)
  end
  if newest and (o.at < newest - o.t.late or o.at - span < floor) then return 'late' end
  local i = #all + 1
  while i > 1 and all[i - 1][1] > o.at do i = i - 1 end
  table.insert(all, i, { o.at, o.source })
  if #all > MOST_DISTINCT then floor = table.remove(all, 1)[1] end
  local values = { int(floor) }
  for n, one in ipairs(all) do values[n + 1] = one[2] .. ' ' .. int(one[1]) end
  redis.call('SET', name, table.concat(values, ' '), 'PX', int(o.t.lasts))
end

-- Where it is counted how many values of a trigger's key there are at present.
local function live_key(member, t) return key('live', string.match(member, '^[^#]+#[^#]+')) .. '#' .. int(math.floor(now / t.lasts)) end

-- Whether an event brings a value of the key of which nothing is kept, and there are too many. How many there are is counted, within one percent, for as
-- long as what is known of one is kept; those that exist go on.
local function is_crowded(o, distinct)
  if string.sub(o.member, -2) == '#-' and o.t.distinct == 0 then return false end
  local name = live_key(o.member, o.t)
  local changed = redis.call('PFADD', name, o.t.distinct > 0 and distinct or o.member)
  if changed == 1 then redis.call('PEXPIRE', name, int(2 * o.t.lasts)) end
  counts[name] = counts[name] or redis.call('PFCOUNT', name)
  if counts[name] <= most then return false end
  if o.t.distinct > 0 then return redis.call('EXISTS', distinct) == 0 end
  return redis.call('EXISTS', o.state.entries.name, o.state.answers.name, o.throttled) == 0
end

-- Why an event is passed over, or nil.
local function refusal_over_time(o, distinct)
  local state, t = o.state, o.t
  -- An event that follows is noted as such, whatever else it is.
  if t.kind == 'each' then
    if t.distinct > 0 and not raised_for(o.id, o.raised, o.seen, o.at, o.json) then return 'repeated' end
  elseif is_seen(o.follows and state.answers or state.entries, o.entry) then return 'repeated' end

  local refused = refusal(o.id, o.hash, t, o.at)
  if refused then return refused end

  if t.kind ~= 'each' then
    local newest, answers = newest_in(state.entries), (t.kind == 'then' or t.kind == 'without') and newest_in(state.answers)
    newest = math.max(newest or answers or o.at, answers or newest or o.at)
    state.newest = math.max(newest, o.at)
    local cut_at, cut = string.match(redis.call('HGET', state.held, 'h') or '', '^(%d+) (.+)$')
    if o.at < newest - t.late or (cut and not is_before(tonumber(cut_at), cut, o.at, o.entry)) then return 'late' end
  end
  if is_crowded(o, distinct) then return 'crowded' end
  -- What came before may have been forgotten, and nothing would tell.
  if now - o.at > t.lasts then
    o.is_stale = redis.call('EXISTS', state.entries.name, state.answers.name, o.throttled, distinct) == 0
  end
  return t.distinct > 0 and o.begins and refusal_of_value(o, distinct) or nil
end

local function show(n)
  if spent > BUDGET then return 'again' end
  local k, a = 8 * n - 4, 11 * n - 4
  local hash, entry, roles = KEYS[k], ARGV[a + 1], ARGV[a + 10]
  local t = triggers[hash] or rule_of(hash)
  triggers[hash] = t
  if not t.is_foreign and t[4] ~= ARGV[a + 6] then return 'ended' end
  if not is_readable(t) or not observe[t.kind or ''] then return 'unreadable' end
  local o = {
    t = t, hash = hash, event = KEYS[k + 1], seen = KEYS[k + 2], state = state_of(KEYS[k + 3], KEYS[k + 4], KEYS[k + 5]), throttled = KEYS[k + 6],
    at = tonumber(ARGV[a]), entry = entry, source = ARGV[a + 2], json = ARGV[a + 3], trail = ARGV[a + 4], id = ARGV[a + 5], raised = ARGV[a + 7],
    payload = ARGV[a + 8], member = ARGV[a + 9], begins = roles ~= 'b', follows = roles ~= 'a',
  }
  spent = spent + 10
  if t.is_unreadable then
    give_up(o, 'unreadable', UNREADABLE)
    return 'unreadable'
  end
  if t.waits and not can_wait then return 'foreign' end
  local word = refusal_over_time(o, KEYS[k + 7])
  if not word then
    word = observe[t.kind](o)
    local count = #given_up
    save(o, o.is_due)
    if #given_up > count then word = word .. ' full' elseif o.is_stale then word = word .. ' stale' end
  end
  if word == 'late' then
    give_up(o, word, 'An event was passed over: it was matched after others with the same value of the key that are more than ' .. int(t.late) .. ' ms newer.')
  elseif word == 'crowded' then
    give_up(o, word, 'Its key has more than ' .. int(most) .. ' values in ' .. int(t.lasts) .. ' ms: events with further ones are passed over.')
  end
  return word
end

-- What one trigger meets under its keys ends no other's.
local function try_to_show(n)
  local is_shown, word = pcall(show, n)
  if is_shown then return word end
  local k, a = 8 * n - 4, 11 * n - 4
  local is_foreign = are_foreign(KEYS[k + 3], 'zset', KEYS[k + 4], 'zset', KEYS[k + 5], 'hash', KEYS[k + 6], 'zset', KEYS[k + 7], 'string',
    live_key(ARGV[a + 9], triggers[KEYS[k]]), 'string')
  return is_foreign and 'foreign' or error(word, 0)
end

for n = 1, (#KEYS - 3) / 8 do words[n] = try_to_show(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
local earliest = head(KEYS[2])
if earliest and (not first or earliest < first) then wake_for_triggers(ARGV[2]) end
return words
