-- How deliveries are named and sorted.

-- Deliveries that have crashed this many consumers are quarantined. They are handed out one at a time, so that the one that crashes
-- consumers does not affect the others.
local QUARANTINED_AT = 2

-- The name of a lease in its index: the id, followed by the claim's number from the second claim onwards. So the name of an older claim's
-- lease matches nothing.
local function lease_of(id, fence) return (whole(fence) or 1) > 1 and id .. '#' .. fence or id end
local function id_of_lease(lease) return string.match(lease, '^[^#]+') end
local function claim_of_lease(lease) return string.match(lease, '#(%d+)$') or '1' end

-- The index for each status, or nil for any other: that was written by another program. Most calls need none.
local status_indexes
local function index_of(status)
  status_indexes = status_indexes or {
    ready = 'ready', delayed = 'delayed', leased = 'leased', processed = 'done', dead = 'dead', expired = 'ended', canceled = 'ended',
    discarded = 'ended',
  }
  return status_indexes[status]
end

-- Adds a ready id to the quarantined ones or to the others, by how many consumers it has crashed.
local function sort_ready(quarantined, others, crashes, id)
  local list = (whole(crashes) or 0) >= QUARANTINED_AT and quarantined or others
  list[#list + 1] = id
end
