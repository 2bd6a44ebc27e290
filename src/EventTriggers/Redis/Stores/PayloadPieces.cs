using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Reads a short payload from the fields of a hash. Redis keeps a hash compact while no value is longer than 64 bytes, so scripts store a
/// payload of up to four times that in pieces; see with_payload() in _payload.lua. A longer payload is stored whole.
/// </summary>
internal sealed class PayloadPieces
{
    public const int Size = 64;
    public const int Most = 4;

    // Short pieces are copied to their place, so that a payload is allocated once; nothing here outlives the delivery that it was read for.
    private readonly byte[] _bytes = new byte[Most * Size];
    private readonly int[] _lengths = new int[Most];
    private readonly byte[]?[] _long = new byte[]?[Most];

    /// <summary>Gets the payload from the fields of a hash.</summary>
    public static byte[] Read(HashFields fields) =>
        fields.Has("data:2")
            ? [.. fields.Bytes("data"), .. fields.Bytes("data:2"), .. fields.Bytes("data:3"), .. fields.Bytes("data:4")]
            : fields.Bytes("data");

    /// <summary>Starts anew.</summary>
    public void Clear()
    {
        Array.Clear(_lengths);
        Array.Clear(_long);
    }

    /// <summary>Takes the next value if the current field is part of a payload. Fields come in any order.</summary>
    public bool TryTake(ref FlatReply reply)
    {
        var place = reply.Is("data"u8) ? 0 : reply.Is("data:2"u8) ? 1 : reply.Is("data:3"u8) ? 2 : reply.Is("data:4"u8) ? 3 : -1;
        if (place < 0)
        {
            return false;
        }

        reply.Next();
        _lengths[place] = reply.Length;
        if (reply.Length > Size)
        {
            _long[place] = reply.Bytes();
        }
        else
        {
            reply.CopyTo(_bytes.AsSpan(place * Size, Size));
        }

        return true;
    }

    /// <summary>Joins the pieces.</summary>
    public byte[] Join()
    {
        if (_lengths[1] + _lengths[2] + _lengths[3] == 0)
        {
            return _long[0] ?? _bytes[.._lengths[0]];
        }

        var payload = new byte[_lengths[0] + _lengths[1] + _lengths[2] + _lengths[3]];
        var rest = payload.AsSpan();
        for (var place = 0; place < Most; place++)
        {
            var piece = _long[place] ?? _bytes.AsSpan(place * Size, _lengths[place]);
            piece.CopyTo(rest);
            rest = rest[piece.Length..];
        }

        return payload;
    }
}
