--[[
  Pauses a group, or resumes it: a paused group claims nothing, and finishes what runs. Works when memory is full.

  Takes KEYS 3, ARGV 8

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the settings of the group
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which all consumers are told of the end of a pause
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   group
  ARGV[6]   paused    unix ms at which the pause ends; -1 for one without an end; '' resumes
  ARGV[7]   by        who asked for it, or ''
  ARGV[8]   reason    why, or ''

  Returns   'done', or 'unchanged' where a group that is not paused is resumed; 'KEY TYPE' when a key of the settings holds something of
            that type instead: nothing is written then
]]
local settings = KEYS[3]
local wrong = wrong_type(settings, 'hash') or wrong_type(SETTINGS, 'set')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local was_paused = pause_of(ARGV[5], now)
local outcome = (ARGV[6] ~= '' or was_paused) and 'done' or 'unchanged'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
forget_settings(ARGV[5], 'paused', 'since', 'by', 'reason')
if ARGV[6] ~= '' then
  redis.call('SADD', SETTINGS, ARGV[5])
  local fields = { 'paused', ARGV[6], 'since', int(now) }
  add_field(fields, 'by', ARGV[7])
  add_field(fields, 'reason', ARGV[8])
  redis.call('HSET', settings, unpack(fields))
end
-- All of them: consumers do not wait to be woken for a paused group. Those that claim already learn the new end from their next claim.
if was_paused then tell(ARGV[2], ARGV[5]) end
return outcome
