using System.Text.Json;
using System.Text.Unicode;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>Checks that a payload is one JSON value in UTF-8, not too deep, in which no object has a name twice.</summary>
/// <remarks>
/// A reader may use the first or the last of two members with the same name. A pattern, a key and a handler would then see different
/// events.
/// </remarks>
internal static class PayloadJson
{
    /// <summary>Gets the problem of a payload; <see langword="null"/> if the payload is valid.</summary>
    public static string? Problem(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return "must be JSON in UTF-8, but has bytes that are not UTF-8.";
        }

        try
        {
            return MayRepeatNames(json) && RepeatedName(json) is { } name
                ? $"must not name a member twice in one object, but has '{Excerpt.Of(name)}' twice."
                : null;
        }
        catch (JsonException e)
        {
            return $"must be one JSON value: {Excerpt.Of(Failures.MessageOf(e), 2 * Excerpt.MaxLength)}";
        }
    }

    // Compares hashes of names. That needs no memory for an ordinary payload, and at most the time of a sort for a large one.
    private static bool MayRepeatNames(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var names = new NameHashes();
        var mayRepeat = false;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Open();
                    break;
                case JsonTokenType.PropertyName:
                    names.Add(ref reader);
                    break;
                case JsonTokenType.EndObject:
                    mayRepeat |= names.Close();
                    break;
            }
        }

        return mayRepeat;
    }

    // Two names with the same hash are usually equal. This pass is exact.
    private static string? RepeatedName(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var open = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    open.Push(new HashSet<string>(StringComparer.Ordinal));
                    break;
                case JsonTokenType.PropertyName when MemberName.Read(ref reader) is var name && !open.Peek().Add(name):
                    return name;
                case JsonTokenType.EndObject:
                    open.Pop();
                    break;
            }
        }

        return null;
    }
}
