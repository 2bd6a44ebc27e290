namespace EventTriggers.Consuming;

/// <summary>Remembers of which types something was logged, so that it is logged once.</summary>
internal sealed class ReportedTypes
{
    // A publisher may make up types without end.
    private const int Most = 1000;

    private readonly HashSet<string> _types = new(StringComparer.Ordinal);

    /// <summary>Notes that it is logged of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="what">What is said of it, where there are several things to say.</param>
    /// <returns>Whether it was not before.</returns>
    public bool Add(string type, string what = "")
    {
        lock (_types)
        {
            return _types.Count < Most && _types.Add($"{what} {type}");
        }
    }
}
