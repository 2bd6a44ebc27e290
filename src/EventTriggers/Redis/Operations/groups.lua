--[[
  Lists groups, with their types and settings. It changes nothing, and a key that holds something else counts as empty.

  Takes KEYS 2, ARGV 3

  KEYS[1]   root
  KEYS[2]   groups
  ARGV[1]   now    unix ms, or '' for the server's clock
  ARGV[2]   most   groups to list
  ARGV[3]   only   the one group to list, or '' for all

  Returns   eleven for each group: its name, its types separated by commas, until when it is paused (unix ms; -1 without an end; '' if it is
            not), since when, by whom, and why ('' for what is not known), how many leases have not expired; how many
            deliveries of a key it handles at a time ('' where it does not order by key), '1' where keys wait behind dead letters, how
            many deliveries of a key may wait ('' for any number), and how many deliveries of it all processes together handle at a
            time, 'count since by' ('' where nothing is set)
]]
local now, reply, have_settings = now_ms(ARGV[1]), {}, redis.call('EXISTS', SETTINGS) == 1

local function is_listed(group) return ARGV[3] == '' or ARGV[3] == group end

local names = { is_listed('$triggers') and '$triggers' or nil }
if ARGV[3] == '' then
  local all = reach('SMEMBERS', KEYS[2]) or {}
  table.sort(all)
  for i = 1, math.min(#all, tonumber(ARGV[2])) do names[#names + 1] = all[i] end
elseif reach('SISMEMBER', KEYS[2], ARGV[3]) == 1 then names[#names + 1] = ARGV[3]
end

for _, group in ipairs(names) do
  local types = reach('SMEMBERS', types_of(group)) or {}
  table.sort(types)
  local s = fields_of(settings_of(group), 'paused', 'since', 'by', 'reason', 'places', 'hold', 'max-backlog')
  local ends, r = whole(s[1]), #reply
  local is_paused = have_settings and ends and (ends < 0 or ends > now)
  reply[r + 1], reply[r + 2], reply[r + 3] = group, table.concat(types, ','), is_paused and s[1] or ''
  for i = 2, 4 do reply[r + 2 + i] = is_paused and s[i] or '' end
  reply[r + 7] = reach('ZCOUNT', key('leased', group), int(now), '+inf') or 0
  reply[r + 8], reply[r + 9], reply[r + 10] = have_settings and s[5] or '', s[6] or '', s[7] or ''
  reply[r + 11] = reach('HGET', root .. ':concurrency', group) or ''
end
return reply
