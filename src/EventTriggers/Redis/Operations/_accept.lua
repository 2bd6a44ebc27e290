-- Accepts events that a caller or a handler publishes. Needs _payload and _outbox.

-- When an event becomes ready, by its delay in ms or by '@' and a moment; nil for at once.
local function due_of(delay, now)
  local moment = string.sub(delay, 1, 1) == '@' and tonumber(string.sub(delay, 2))
  if moment then return moment > now and moment or nil end
  return delay ~= '' and now + delay or nil
end

-- Accepts one event with options from ARGV[i…i+11]: payload, delay ms or @ms, expires after ms, correlation, headers, '1' when the caller
-- chose the id, which triggers led to it, which events cancel it, the context of the span that published it, key, 'high' or 'low' as its
-- priority, and for unique work what take_name() takes. '' means absent. If the id was chosen before, the event is accepted already:
-- nothing happens, and the answer is ''. Nor does anything happen to what is not accepted because another event has its name: then the
-- answer is '=' and the id of that event.
local function accept_one(event, name, i, now, dedup, decide)
  local id, chosen = id_of(event), ARGV[i + 5] ~= ''
  if chosen and redis.call('EXISTS', key('seen', id), event) > 0 then return '' end

  local due, kept, ready_at, unique = due_of(ARGV[i + 1], now), nil, nil, nil
  if ARGV[i + 11] == '' then ready_at = due else kept, ready_at, unique = decide(id, ARGV[i + 11], due, now) end
  if kept then return '=' .. kept end
  local fields = { 'type', name, 'at', int(now) }
  add_field(fields, 'due', due and int(due))
  add_field(fields, 'expires', ARGV[i + 2] ~= '' and int(now + ARGV[i + 2]))
  add_field(fields, 'correlation', ARGV[i + 3])
  add_field(fields, 'headers', ARGV[i + 4])
  add_field(fields, 'depth', ARGV[i + 6])
  add_field(fields, 'cancelon', ARGV[i + 7])
  add_field(fields, 'trace', ARGV[i + 8])
  add_field(fields, 'key', ARGV[i + 9])
  add_field(fields, 'priority', ARGV[i + 10])
  add_field(fields, 'unique', unique)
  local rank = ARGV[i + 10] ~= '' and ARGV[i + 10]
  for _, value in ipairs(deliver(id, name, ready_at, rank, ARGV[i + 9])) do fields[#fields + 1] = value end
  -- Pieces do not help if another value is too long for a compact hash.
  if math.max(#ARGV[i + 3], #ARGV[i + 4], #ARGV[i + 7], #ARGV[i + 8], #ARGV[i + 9], #(unique or '')) > PIECE then
    redis.call('HSET', event, 'data', ARGV[i], unpack(fields))
  else
    redis.call('HSET', event, with_payload(ARGV[i], unpack(fields)))
  end
  if chosen then redis.call('SET', key('seen', id), '1', 'PX', dedup) end
end

-- How many values describe the events of a run, by its count.
local function values_of_run(count)
  if count == 0 then return 12 end
  return count > 0 and count or -2 * count
end

-- Accepts published events. Their hashes begin at KEYS[k]. Their contents begin at ARGV[i], in runs: a type, a count n, and n payloads; or
-- a type, -n, and n payloads, each with the context of the span that published it, '' for the same as before; or a type, 0, and one event
-- with options. Most events have no options, so they cost little more than one or two values each. decide: take_name(), or nil where no
-- event of the call is unique work. Answers the places, from 0, of the events that were accepted before, and of those that another event is
-- kept for: 'PLACE=ID'.
local function accept(k, i, count, now, dedup, decide)
  local first, last, at, others = k, k + count - 1, int(now), {}
  outbox.now = now
  while k <= last do
    local name, plain = ARGV[i], tonumber(ARGV[i + 1])
    i = i + 2
    if plain == 0 then
      local other = accept_one(KEYS[k], name, i, now, dedup, decide)
      if other then others[#others + 1] = int(k - first) .. other end
      k, i = k + 1, i + values_of_run(plain)
    end
    local trace
    for _ = 1, -plain do
      if ARGV[i + 1] ~= '' then trace = ARGV[i + 1] end
      local fields = deliver(id_of(KEYS[k]), name)
      redis.call('HSET', KEYS[k], 'type', name, 'at', at, 'trace', trace, with_payload(ARGV[i], unpack(fields)))
      k, i = k + 1, i + 2
    end
    for _ = 1, plain do
      redis.call('HSET', KEYS[k], 'type', name, 'at', at, with_payload(ARGV[i], unpack(deliver(id_of(KEYS[k]), name))))
      k, i = k + 1, i + 1
    end
  end
  return others
end
