using StackExchange.Redis;

namespace EventTriggers;

/// <summary>The fields of a hash by name; one that is not there reads as nothing.</summary>
internal sealed class HashFields(HashEntry[] hash)
{
    private readonly Dictionary<string, RedisValue> _fields =
        hash.ToDictionary(static entry => entry.Name.ToString(), static entry => entry.Value, StringComparer.Ordinal);

    public IEnumerable<string> Names => _fields.Keys;

    public bool Has(string name) => _fields.ContainsKey(name);

    public string? Text(string name) => _fields.TryGetValue(name, out var value) ? value.ToString() : null;

    public byte[] Bytes(string name) => _fields.TryGetValue(name, out var value) ? (byte[]?)value ?? [] : [];

    public long? Number(string name) => _fields.TryGetValue(name, out var value) ? (long)value : null;

    /// <summary>A count. One that somebody has set beyond what an int holds stays at its largest.</summary>
    public int Count(string name, int otherwise = 0) => (int)Math.Clamp(Number(name) ?? otherwise, 0, int.MaxValue);

    public DateTimeOffset? Time(string name) => Number(name) is { } ms ? Unix.Time(ms) : null;
}
