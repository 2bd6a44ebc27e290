-- Refuses events for which a group has no room.

-- How many deliveries of groups are ready or wait for others of their key, and how many of a key may wait, read once per call.
local filled = { waiting = {}, backlog = {} }

-- 'full GROUP COUNT LIMIT' of the first group that has as many as it may have, or nil.
local function full_group(groups, most)
  for _, group in ipairs(groups) do
    local count = filled.waiting[group]
    if not count then
      count = (reach('LLEN', key('ready', group)) or 0) + (whole(reach('GET', key('backlogged', group))) or 0)
      filled.waiting[group] = count
    end
    if count >= most and group ~= '$triggers' then return 'full ' .. group .. ' ' .. int(count) .. ' ' .. int(most) end
  end
end

-- 'full GROUP COUNT LIMIT KEY' of the first group in which as many of the key wait as may wait, or nil.
local function full_backlog(groups, name)
  for _, group in ipairs(groups) do
    local most = filled.backlog[group]
    if most == nil then
      most = whole(reach('HGET', key('settings', group), 'max-backlog')) or false
      filled.backlog[group] = most
    end
    local count = most and reach('LLEN', key('backlog', group .. ':' .. name)) or 0
    if most and count >= most then return 'full ' .. group .. ' ' .. int(count) .. ' ' .. int(most) .. ' ' .. name end
  end
end
