--[[
  Lists the rate limits that a partition keeps, and the limits by key of groups, of which each key has its own in its partition.

  Takes KEYS 2, ARGV 2

  KEYS[1]  root
  KEYS[2]  limits  hash: see _limits
  ARGV[1]  now     unix ms, or '' for the server's clock
  ARGV[2]  group   of which to list the limits, or '' for all

  Returns  six for each limit, by name: its name; the groups that use it, each with the count, span (in microseconds) and burst that its
           processes know, as in 'mail 100 1000000 10,news …'; what an operator has set, 'count per burst since by', or ''; how many
           grants are outstanding; and the ms at which the next is granted, and until which it stands still, '' for neither. Limits by
           key come last: each is named '$key:GROUP', and nothing is known of its grants
]]
-- Far more than any prefix has.
local MOST_GROUPS = 1000

local now, limits, names = now_us(ARGV[1]), {}, {}

local function limit_of(name)
  if not limits[name] then
    limits[name], names[#names + 1] = { told = {}, set = '', is_listed_for = ARGV[2] == '' }, name
  end
  return limits[name]
end

local entries = reach('HGETALL', KEYS[2]) or {}
for i = 1, #entries, 2 do
  local name, group = string.match(entries[i], '^(%S+) ?(%S*)$')
  local since = string.match(entries[i + 1], '^%d+ %d+ %d+ (%d+) ')
  if name and parse_numbers(entries[i + 1]) and (group ~= '' or (whole(since) or MAX + 1) <= MAX) then
    local limit = limit_of(name)
    if group == '' then limit.set = entries[i + 1]
    else
      limit.told[#limit.told + 1] = group .. ' ' .. entries[i + 1]
      limit.is_listed_for = limit.is_listed_for or group == ARGV[2]
    end
  end
end
table.sort(names)

local function ms(us) return int(math.ceil(us / 1000)) end

local reply = {}
for _, name in ipairs(names) do
  local limit = limits[name]
  table.sort(limit.told)
  local count, per, burst = parse_numbers(limit.set ~= '' and limit.set or string.match(limit.told[1], ' (.*)'))
  local state = limit.is_listed_for and read_limit(key('limit', name), per / count, burst, now)
  if state then
    local lacking = state.outstanding + 1 - burst
    local next = lacking > ROUNDING and math.max(now, state.still) + lacking * per / count or state.still
    local r = #reply
    reply[r + 1], reply[r + 2], reply[r + 3] = name, table.concat(limit.told, ','), limit.set
    reply[r + 4] = string.format('%.3f', state.outstanding)
    reply[r + 5], reply[r + 6] = next > 0 and ms(next) or '', state.still > 0 and ms(state.still) or ''
  end
end

-- Adds the limit by key of a group, if it has one.
local function add_key_limit(group)
  local obeyed, text, told = unpack(fields_of(settings_of(group), 'key-limit', 'key-limit-set', 'key-limit-told'))
  if not parse_numbers(obeyed) then return end
  local set, r = set_key_limit_of(text) and text, #reply
  reply[r + 1], reply[r + 2] = '$key:' .. group, group .. ' ' .. (set and parse_numbers(told) and told or obeyed)
  reply[r + 3] = set or ''
  reply[r + 4], reply[r + 5], reply[r + 6] = '0', '', ''
end

local groups = ARGV[2] ~= '' and { ARGV[2] } or reach('SMEMBERS', SETTINGS) or {}
for i = 1, math.min(#groups, MOST_GROUPS) do add_key_limit(groups[i]) end
return reply
