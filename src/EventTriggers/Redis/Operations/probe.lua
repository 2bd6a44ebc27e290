--[[
  Reads the server's INFO, tries which commands it refuses to this user, and checks whether keys hold the right types. Every command is
  tried so that it changes nothing: on a key that does not exist, or as a write of the wrong type.

  Takes KEYS 3 + n, ARGV 1 + n

  KEYS[1]   root
  KEYS[2]   probe         string, for the length of this script
  KEYS[3]   probe:none    never exists
  KEYS[4…]  keys that may exist
  ARGV[1]   channel       on which scripts wake consumers
  ARGV[2…]  the type that each of those keys must have

  Returns   INFO of the server, of its memory, its persistence and its replication, as far as they may be read, the refused commands
            separated by ' ', and the first key of another type as 'key type', or ''
]]
local probe, none, refused, other = KEYS[2], KEYS[3], {}, ''

local function info(section)
  local text = redis.pcall('INFO', section)
  return type(text) == 'string' and text or ''
end

-- How servers refuse a command in a script: the message of older ones names the user, of newer ones the script.
local function is_refusal(text)
  for _, words in ipairs({ 'ACL failure', "can't run this command", "can't publish", 'no permissions', 'NOPERM' }) do
    if string.find(text, words, 1, true) then return true end
  end
end

local trials = {
  { 'SET', probe, '1', 'PX', 1000 }, { 'HSET', probe, 'f', '1' }, { 'HINCRBY', probe, 'f', 1 }, { 'LPUSH', probe, '1' },
  { 'RPUSH', probe, '1' }, { 'SADD', probe, '1' }, { 'ZADD', none, 'XX', 0, '1' }, { 'DEL', none }, { 'EXISTS', none }, { 'GET', none },
  { 'HDEL', none, 'f' }, { 'HGET', none, 'f' }, { 'HGETALL', none }, { 'HSETNX', probe, 'f', '1' }, { 'HKEYS', none },
  { 'HMGET', none, 'f' }, { 'HSCAN', none, 0 }, { 'INFO', 'server' }, { 'LINDEX', none, 0 }, { 'LLEN', none }, { 'LRANGE', none, 0, 0 },
  { 'LREM', none, 0, '1' },
  { 'LTRIM', none, 0, 0 }, { 'PEXPIRE', none, 1 }, { 'PUBLISH', ARGV[1], '$probe' }, { 'RPOP', none, 1 }, { 'SISMEMBER', none, '1' },
  { 'SMEMBERS', none }, { 'SREM', none, '1' }, { 'TIME' }, { 'TYPE', none }, { 'ZCARD', none }, { 'ZCOUNT', none, 0, 0 },
  { 'ZPOPMAX', none }, { 'ZRANGE', none, 0, 0 }, { 'ZRANGEBYSCORE', none, 0, 0 }, { 'ZREM', none, '1' },
  { 'ZREMRANGEBYRANK', none, 0, 0 }, { 'ZREMRANGEBYSCORE', none, 0, 0 }, { 'PERSIST', none }, { 'PFADD', probe, '1' },
  { 'PFCOUNT', none }, { 'PTTL', none }, { 'ZREVRANGE', none, 0, 0 }, { 'ZSCAN', none, 0 }, { 'ZSCORE', none, '1' },
}
-- Garnet never returns from SCAN in a script.
local server = info('server')
if not string.find(server, 'garnet_version', 1, true) then trials[#trials + 1] = { 'SCAN', 0, 'COUNT', 1 } end
for _, trial in ipairs(trials) do
  local reply = redis.pcall(unpack(trial))
  if type(reply) == 'table' and reply.err and is_refusal(reply.err) then refused[#refused + 1] = trial[1] end
end
redis.pcall('DEL', probe)

for k = 4, #KEYS do
  local wrong = wrong_type(KEYS[k], ARGV[k - 2])
  if wrong and other == '' then other = wrong end
end
return { server, info('memory'), info('persistence'), info('replication'), table.concat(refused, ' '), other }
