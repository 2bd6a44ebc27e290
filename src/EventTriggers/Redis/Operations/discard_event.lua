--[[
  Gives up a dead letter: it is no longer dead, and will not be handled. Its first write is a removal, so it works when memory is full.

  Takes KEYS 3, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the event's hash
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken: a key may wait behind the dead letter
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   group     or '' for every group in which it is dead

  Returns   'discarded', 'not-dead' or 'not-found'; 'KEY TYPE' when the hash's key, or that of a group's dead letters, holds something of
            that type instead: nothing is written then
]]
local outcome = change_dead('discarded', now_ms(ARGV[1]), discard)
write_order(ARGV[2])
return outcome
