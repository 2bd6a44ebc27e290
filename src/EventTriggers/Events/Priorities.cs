namespace EventTriggers.Events;

/// <summary>Checks priorities, and writes and reads them as hashes hold them.</summary>
internal static class Priorities
{
    /// <summary>Gets the word that is stored; <see langword="null"/> for the normal priority, of which nothing is stored.</summary>
    public static string? WordOf(Priority priority) => priority switch
    {
        Priority.High => "high",
        Priority.Low => "low",
        _ => null,
    };

    /// <summary>Reads a stored word, or its first letter; <see langword="null"/> if it is neither.</summary>
    public static Priority? Read(string? word) => word switch
    {
        null or "" => Priority.Normal,
        "high" or "h" => Priority.High,
        "low" or "l" => Priority.Low,
        _ => null,
    };

    /// <summary>Checks a priority that options name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not one of the three.</exception>
    public static void Check(PublishOptions? options)
    {
        if (options is not null && !Enum.IsDefined(options.Priority))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Priority,
                $"{nameof(PublishOptions.Priority)} must be {nameof(Priority.High)}, {nameof(Priority.Normal)} or {nameof(Priority.Low)}, "
                + $"but is {options.Priority:D}.");
        }
    }
}
