namespace EventTriggers.Dashboard.Access;

/// <summary>A path to members of payloads: their names, <c>*</c> for any one, <c>**</c> for any number of them.</summary>
internal sealed class RedactedPath(string[] parts)
{
    public const string One = "*";
    public const string Any = "**";

    public int Length => parts.Length;

    public string this[int at] => parts[at];

    /// <exception cref="ArgumentException">The path is empty, or has an empty part, or ends with <c>**</c>.</exception>
    public static RedactedPath Parse(string path)
    {
        var parts = (path ?? string.Empty).Split('.');
        return Array.TrueForAll(parts, static part => part.Length > 0) && parts[^1] != Any
            ? new RedactedPath(parts)
            : throw new ArgumentException(
                "A path to redact must be names of members with dots between them, such as 'card.number' or '**.password', but is "
                + $"'{path}'.",
                nameof(path));
    }
}
