namespace EventTriggers;

/// <summary>Identifies an event.</summary>
/// <param name="Value">
/// 1–200 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The part before the first <c>/</c> decides the partition, so events that share it live
/// together.
/// </param>
public readonly record struct EventId(string Value)
{
    /// <summary>The most characters that an id may have.</summary>
    public const int MaxLength = 200;

    /// <summary>Gets the id.</summary>
    public override string ToString() => Value;
}
