-- How deliveries are named and sorted.

-- Deliveries that have crashed so many consumers are quarantined: they are handed out one at a time, so that the one that crashes them
-- takes no others along.
local QUARANTINED_AT = 2

-- What a lease is called in its index: the id, from the second claim on with its number. So who names a lease of an old claim names none.
local function lease_of(id, fence) return (whole(fence) or 1) > 1 and id .. '#' .. fence or id end
local function id_of_lease(lease) return string.match(lease, '^[^#]+') end
local function claim_of_lease(lease) return string.match(lease, '#(%d+)$') or '1' end

-- Where deliveries of each status are. What has another status was written by somebody else.
local INDEX = {
  ready = 'ready', delayed = 'delayed', leased = 'leased', processed = 'done', dead = 'dead', expired = 'ended', canceled = 'ended',
}

-- Adds a ready id to the quarantined ones or to the others, by how many consumers it has crashed.
local function sort_ready(quarantined, others, crashes, id)
  local list = (whole(crashes) or 0) >= QUARANTINED_AT and quarantined or others
  list[#list + 1] = id
end
