--[[
  Puts a dead letter back: ready, with its attempts and crashes forgotten. Handlers that succeeded do not run again; those that were out of
  attempts do.

  Takes KEYS 3, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the event's hash
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   group     or '' for every group in which it is dead

  Returns   'redriven', 'not-dead' or 'not-found'; 'KEY TYPE' when the hash's key, or that of a group's dead letters, holds something of
            that type instead: nothing is written then
]]
local outcome = change_dead('redriven', now_ms(ARGV[1]), redrive)
send(ARGV[2])
return outcome
