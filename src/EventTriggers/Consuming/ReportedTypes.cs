namespace EventTriggers.Consuming;

/// <summary>Remembers what was logged of which event types, so that each is logged once.</summary>
internal sealed class ReportedTypes
{
    // A publisher may send any number of types.
    private const int MaxTypes = 1000;

    private readonly HashSet<string> _types = new(StringComparer.Ordinal);

    /// <summary>Notes that something is logged of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="what">Which of several messages it is.</param>
    /// <returns>Whether it has not been logged before.</returns>
    public bool Add(string type, string what = "")
    {
        lock (_types)
        {
            return _types.Count < MaxTypes && _types.Add($"{what} {type}");
        }
    }
}
