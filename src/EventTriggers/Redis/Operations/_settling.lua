-- Shared by the scripts that record outcomes.

-- Two for each delivery whose outcome is rejected: its place among all, from 0, and why.
local refusals = {}
local function refuse(n, word)
  refusals[#refusals + 1] = n - 1
  refusals[#refusals + 1] = word
end

-- Whether a claim still holds the nth delivery. A delivery held by its first claim has no fence in its hash.
local function is_held(n, event, group, claim)
  local status, fence = unpack(fields_of(event, 'status:' .. group, 'fence:' .. group))
  if status and (fence or '1') == claim then return status_of(status) == 'leased' end
  refuse(n, status and 'lost' or 'gone')
end
