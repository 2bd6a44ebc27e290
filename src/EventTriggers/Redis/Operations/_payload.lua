-- A payload in a hash.

-- A hash is kept compact, in about half the memory, as long as none of its values is longer than 64 bytes (hash-max-listpack-value by
-- default). So a payload that is not much longer is kept in pieces of this many bytes.
local PIECE, PIECES = 64, { 'data', 'data:2', 'data:3', 'data:4' }

local function pieces_of(payload, count, ...)
  if count == 0 then return ... end
  return pieces_of(payload, count - 1, PIECES[count], string.sub(payload, PIECE * (count - 1) + 1, PIECE * count), ...)
end

-- A payload as fields and values of a hash, followed by others.
local function with_payload(payload, ...)
  local count = math.ceil(#payload / PIECE)
  if count < 2 or count > #PIECES then return 'data', payload, ... end
  return pieces_of(payload, count, ...)
end

-- How many bytes of payload there are in a hash, by its fields.
local function payload_size(fields)
  local size = #fields.data
  for p = 2, #PIECES do
    local piece = fields[PIECES[p]]
    if not piece then break end
    size = size + #piece
  end
  return size
end

-- The payload among fields that read_fields() read.
local function payload_among(fields)
  return (fields.data or '') .. (fields['data:2'] or '') .. (fields['data:3'] or '') .. (fields['data:4'] or '')
end

-- The payload in a hash.
local function payload_of(hash)
  local pieces = redis.call('HMGET', hash, unpack(PIECES))
  return (pieces[1] or '') .. (pieces[2] or '') .. (pieces[3] or '') .. (pieces[4] or '')
end
