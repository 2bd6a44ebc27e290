namespace EventTriggers.Dashboard.Access;

/// <summary>How much of a path the members down to a value have matched.</summary>
internal readonly record struct PathPosition(RedactedPath Path, int At)
{
    public bool IsEnd => At == Path.Length;

    /// <summary>Gets the positions inside a member.</summary>
    public IEnumerable<PathPosition> Enter(string member)
    {
        if (IsEnd)
        {
            yield break;
        }

        if (Path[At] == RedactedPath.Any)
        {
            yield return this;
            foreach (var position in (this with { At = At + 1 }).Enter(member))
            {
                yield return position;
            }
        }
        else if (Path[At] == RedactedPath.One || Path[At].Equals(member, StringComparison.OrdinalIgnoreCase))
        {
            yield return this with { At = At + 1 };
        }
    }
}
