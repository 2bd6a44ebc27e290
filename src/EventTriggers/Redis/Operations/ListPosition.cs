namespace EventTriggers.Redis.Operations;

/// <summary>The last entry of a partition's lists that a page looked at.</summary>
/// <param name="List">The name of the list; empty before the first one, <c>-</c> when the lists are done.</param>
/// <param name="Place">Where in the list it stood, starting at 0.</param>
/// <param name="Entry">The entry.</param>
internal readonly record struct ListPosition(string List, int Place, byte[] Entry)
{
    /// <summary>Gets the position before the first list.</summary>
    public static ListPosition Start { get; } = new(string.Empty, 0, []);

    /// <summary>Gets the position after the last list.</summary>
    public static ListPosition Done { get; } = new("-", 0, []);

    public bool IsDone => List == "-";

    public void Write(ScriptCall call) => call.Add(List).Add(Place).Add(Entry);
}
