namespace EventTriggers.Triggers.Conditions;

/// <summary>One way in which a pattern is satisfied: a test for each of some fields, as deep as they are. A pattern without <c>$or</c> has one clause.</summary>
internal sealed class Clause(PatternEntry entry, ClauseNode root)
{
    public PatternEntry Entry => entry;

    public ClauseNode Root => root;

    /// <summary>Gets or sets its place among the clauses of its index.</summary>
    public int Id { get; set; }

    /// <summary>Gets or sets the field by whose values it is found; <see langword="null"/> for one that is looked at for each event.</summary>
    public FieldTest? Anchor { get; set; }
}
