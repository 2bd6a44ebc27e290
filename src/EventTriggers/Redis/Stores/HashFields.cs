using System.Globalization;
using System.Text.Json;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>The fields of a hash by name. A field that is not there reads as nothing.</summary>
internal sealed class HashFields(HashEntry[] hash)
{
    private readonly Dictionary<string, RedisValue> _fields = Read(hash);

    /// <summary>
    /// Gets why the first field that was asked for and cannot be read is unreadable; <see langword="null"/> if there is none.
    /// </summary>
    public string? Unreadable { get; private set; }

    public IEnumerable<string> Names => _fields.Keys;

    public bool Has(string name) => _fields.ContainsKey(name);

    public string? Text(string name) => _fields.TryGetValue(name, out var value) ? value.ToString() : null;

    public byte[] Bytes(string name) => _fields.TryGetValue(name, out var value) ? (byte[]?)value ?? [] : [];

    /// <summary>Gets a value as it is stored; empty for a field that is not there.</summary>
    public RedisValue Value(string name) => _fields.TryGetValue(name, out var value) ? value : RedisValue.EmptyString;

    /// <summary>Gets a whole number. A value that is not one is noted, and reads as nothing.</summary>
    public long? Number(string name)
    {
        if (!_fields.TryGetValue(name, out var value))
        {
            return null;
        }

        if (long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Note(name, "a whole number");
        return null;
    }

    /// <summary>Reads a value with its own format. A value that the reader rejects is noted.</summary>
    public T? Read<T>(string name, Func<byte[], T> read, string wanted)
    {
        try
        {
            return read(Bytes(name));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException
            or OverflowException or KeyNotFoundException or IndexOutOfRangeException)
        {
            Note(name, wanted);
            return default;
        }
    }

    /// <summary>Notes that a field cannot be read.</summary>
    public void Note(string name, string wanted) =>
        Unreadable ??= $"Field '{Excerpt.Of(name)}' holds '{Excerpt.Of(Text(name))}', which is not {wanted}.";

    /// <summary>Gets a count. A value beyond the range of an int becomes its nearest end.</summary>
    public int Count(string name, int otherwise = 0) => (int)Math.Clamp(Number(name) ?? otherwise, 0, int.MaxValue);

    public DateTimeOffset? Time(string name) => Number(name) is { } ms ? UnixTime.ToDateTimeOffset(ms) : null;

    // Names that are not UTF-8 may read the same.
    private static Dictionary<string, RedisValue> Read(HashEntry[] hash)
    {
        var fields = new Dictionary<string, RedisValue>(hash.Length, StringComparer.Ordinal);
        foreach (var entry in hash)
        {
            fields[entry.Name.ToString()] = entry.Value;
        }

        return fields;
    }
}
