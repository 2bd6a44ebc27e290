namespace EventTriggers;

/// <summary>
/// A short payload in the fields of a hash. Redis keeps a hash compact while no value is longer than 64 bytes, so scripts keep a payload of
/// up to four times that in pieces; see with_payload() in _payload.lua. A longer one is whole.
/// </summary>
internal sealed class PayloadPieces
{
    private const int Size = 64;

    private readonly byte[] _bytes = new byte[4 * Size];
    private int _length;

    /// <summary>Gets the payload out of fields of which only the first is there when it is whole.</summary>
    public static byte[] Read(HashFields fields) =>
        fields.Has("data:2") ? [.. fields.Bytes("data"), .. fields.Bytes("data:2"), .. fields.Bytes("data:3"), .. fields.Bytes("data:4")] : fields.Bytes("data");

    /// <summary>Takes a value if the field that was passed is part of a payload. Fields come in any order.</summary>
    public bool TryTake(ref FlatReply reply, Delivery delivery)
    {
        var place = reply.Is("data"u8) ? 0 : reply.Is("data:2"u8) ? 1 : reply.Is("data:3"u8) ? 2 : reply.Is("data:4"u8) ? 3 : -1;
        if (place < 0)
        {
            return false;
        }

        reply.Next();
        if (reply.Length > Size)
        {
            delivery.Json = reply.Bytes();
        }
        else
        {
            _length += reply.CopyTo(_bytes.AsSpan(place * Size, Size));
        }

        return true;
    }

    /// <summary>Joins what was taken, unless it was whole.</summary>
    public void Join(Delivery delivery)
    {
        if (_length > 0)
        {
            delivery.Json = _bytes[.._length];
            _length = 0;
        }
    }
}
