namespace EventTriggers.Triggers.Conditions;

/// <summary>One way to satisfy a pattern: a tree of field tests. A pattern without <c>$or</c> has exactly one clause.</summary>
internal sealed class Clause(PatternEntry entry, ClauseNode root)
{
    public PatternEntry Entry => entry;

    public ClauseNode Root => root;

    /// <summary>Gets or sets the number of this clause within its index.</summary>
    public int Id { get; set; }

    /// <summary>
    /// Gets or sets the field whose values lead to this clause; <see langword="null"/> if it is evaluated for every event.
    /// </summary>
    public FieldTest? Anchor { get; set; }
}
