-- Leases in doubt. While no consumer reached this partition, none could renew its leases either. So leases that expired meanwhile are left
-- to their holders for as long as clients need to reconnect. The server decides this, so that it also binds consumers that start just then.

-- When a consumer called last, and until when no lease is taken away; both in unix ms.
local contact, doubt = root .. ':contact', root .. ':doubt'

-- ms that clients are given to reconnect: they give up a call after 5 s, and reconnect within another 5 s.
local BACK = 10000

-- Notes that a consumer has called. silence: ms without a call after which leases may have expired that consumers still hold. leased: the
-- indexes of leases.
local function note_contact(now, silence, leased)
  local last = redis.pcall('SET', contact, int(now), 'GET')
  if type(last) == 'table' then
    -- Full memory refuses the write until a script has removed something; or the key holds something else.
    last = redis.pcall('GET', contact)
    redis.call('DEL', contact)
    redis.pcall('SET', contact, int(now))
  end
  last = whole(last)
  if last and now - last <= silence then return end
  for _, index in ipairs(leased) do
    local count = redis.pcall('ZCARD', index)
    if whole(count) and count > 0 then return redis.pcall('SET', doubt, int(now + BACK), 'PX', BACK) end
  end
end

-- Until when no lease is to be taken away; 0 for now.
local function doubt_until(now, silence)
  local last = whole(redis.pcall('GET', contact))
  if last and now - last > silence then return now + BACK end
  return whole(redis.pcall('GET', doubt)) or 0
end
