--[[
  Sets the numbers of a rate limit in place of those that processes know, or forgets them. Forgetting works when memory is full.

  Takes KEYS 3, ARGV 7

  KEYS[1]  root
  KEYS[2]  lanes
  KEYS[3]  limits    hash: see _limits
  ARGV[1]  now       unix ms, or '' for the server's clock
  ARGV[2]  channel   unused: nobody waits for this
  ARGV[3]  lane
  ARGV[4]  sequence
  ARGV[5]  name
  ARGV[6]  numbers   'count per burst', the span in microseconds; '' to forget what was set
  ARGV[7]  by        who asked for it, or ''

  Returns  'done'; 'not-found' where no process has told of such a limit, and none was set; 'KEY TYPE' when the key of the hash holds
           something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, is_known, told = now_ms(ARGV[1]), false, nil
local entries = redis.call('HGETALL', KEYS[3])
for i = 1, #entries, 2 do
  local name, group = string.match(entries[i], '^(%S+) ?(%S*)$')
  if name == ARGV[5] then
    is_known = true
    if group ~= '' then told = told or entries[i + 1] end
  end
end

-- No more are outstanding than the new burst: the next begins when the new numbers say so, and not when the old burst has run out.
local function bound_outstanding(held, wanted)
  local count, per = parse_numbers(held)
  local next_count, next_per, burst = parse_numbers(wanted)
  local name = key('limit', ARGV[5])
  if not count or not next_count or redis.call('EXISTS', name) == 0 then return end
  local at = now_us(ARGV[1])
  local limit = read_limit(name, per / count, burst, at)
  if limit and limit.outstanding > burst then
    limit.outstanding, limit.span = burst, next_per / next_count
    write_limit(limit, at)
  end
end

local outcome = is_known and 'done' or 'not-found'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if is_known then
  local set = redis.call('HGET', KEYS[3], ARGV[5])
  bound_outstanding(set or told, ARGV[6] ~= '' and ARGV[6] or told)
  redis.call('HDEL', KEYS[3], ARGV[5])
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[3], ARGV[5], ARGV[6] .. ' ' .. int(now) .. ' ' .. ARGV[7]) end
end
return outcome
