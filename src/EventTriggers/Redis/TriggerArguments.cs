using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>A checked definition as add_trigger.lua takes it.</summary>
internal sealed class TriggerArguments
{
    private TriggerArguments(TriggerId id, string version, string? sourceType, RedisValue[] arguments)
    {
        (Id, Version, SourceType, Arguments) = (id, version, sourceType, arguments);
    }

    public TriggerId Id { get; }

    public string Version { get; }

    public string? SourceType { get; }

    public RedisValue[] Arguments { get; }

    public static TriggerArguments Of(TriggerDefinition definition, OutgoingEvents events, EventTypes types)
    {
        var id = definition.Id ?? new TriggerId(NewIds.Next());
        var source = definition.SourceType ?? (definition.SourcePayload is { } payload ? types.NameOf(payload) : null);
        var (type, json) = definition.Payload!.Write(events);

        // It tells the entries of event triggers in the index of their type apart; a time trigger has none.
        var version = source is null ? string.Empty : Guid.NewGuid().ToString("N")[..12];
        RedisValue due = definition.Due is { } at ? Unix.CeilingMs(at) : RedisValue.EmptyString;
        RedisValue delay = definition.Delay is { } after ? (long)Math.Ceiling(after.TotalMilliseconds) : RedisValue.EmptyString;
        List<RedisValue> fields = ["kind", source is null ? "at" : "on", "type", type];
        AddIf(fields, "on", source);

        // One that waits for a moment fires once: that needs no words.
        AddIf(fields, "times", source is null ? null : definition.FiresAtMost);
        AddIf(fields, "until", definition.Last?.ToUnixTimeMilliseconds());
        AddIf(fields, "tags", definition.Tags.Count == 0 ? null : string.Join(',', definition.Tags));

        RedisValue[] spec = [due, delay, json, .. fields];
        return new TriggerArguments(
            id, version, source, [id.Value, WordOf(definition.Conflict), due, delay, HashOf(spec), version, json, .. fields]);
    }

    private static void AddIf(List<RedisValue> fields, string name, object? value)
    {
        if (value is not null)
        {
            fields.Add(name);
            fields.Add(Convert.ToString(value, CultureInfo.InvariantCulture));
        }
    }

    // Tells a repeated definition from a changed one.
    private static string HashOf(RedisValue[] values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var value in values)
        {
            var bytes = (byte[]?)value ?? [];
            hash.AppendData(Encoding.ASCII.GetBytes($"{bytes.Length}:"));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static string WordOf(OnConflict conflict) => conflict switch
    {
        OnConflict.Keep => "keep",
        OnConflict.Replace => "replace",
        _ => "throw",
    };
}
