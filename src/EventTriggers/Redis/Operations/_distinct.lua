-- Skips events that have the same value in a field as an event shortly before. Needs _rules.

local MOST_DISTINCT = 20

-- The values that counted, oldest first, as { ms, id }, and the floor: when the newest forgotten one was published, or -1.
local function read_distinct(name)
  local known = redis.call('GET', name)
  -- Garnet answers nothing for a key that is not a string, and SET would overwrite it.
  if not known and wrong_type(name, 'string') then error('WRONGTYPE of ' .. name, 0) end
  local floor, rest = string.match(known or '', '^(%-?%d+)(.*)$')
  local all = {}
  for id, ms in string.gmatch(rest or '', '(%S+) (%d+)') do all[#all + 1] = { tonumber(ms), id } end
  return all, tonumber(floor or -1)
end

local function write_distinct(name, all, floor, lasts)
  local values = { int(floor) }
  for n, one in ipairs(all) do values[n + 1] = one[2] .. ' ' .. int(one[1]) end
  redis.call('SET', name, table.concat(values, ' '), 'PX', int(lasts))
end

-- Why an event is skipped because another had its value, followed by that one, or nil. Behind nil come the values that counted and the
-- floor, for note_value(), unless the event is among them.
local function refusal_of_value(rule, event, name)
  local all, floor = read_distinct(name)
  local span, newest = rule.distinct_span, nil
  for _, one in ipairs(all) do
    if one[2] == event.id then return nil end
    if math.abs(event.at - one[1]) < span then return 'repeated', one end
    newest = math.max(newest or one[1], one[1])
  end
  if newest and (event.at < newest - rule.late or event.at - span < floor) then return 'late' end
  return nil, all, floor
end

-- Notes that an event counts for its value.
local function note_value(rule, event, name, all, floor)
  local i = #all + 1
  while i > 1 and all[i - 1][1] > event.at do i = i - 1 end
  table.insert(all, i, { event.at, event.id })
  if #all > MOST_DISTINCT then floor = table.remove(all, 1)[1] end
  write_distinct(name, all, floor, rule.lasts)
end
