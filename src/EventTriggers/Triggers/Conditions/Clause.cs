namespace EventTriggers;

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

/// <summary>What a clause asks of one field: that one of its values passes one of some tests.</summary>
internal sealed class FieldTest(FieldPath path, FieldCondition condition)
{
    public FieldPath Path => path;

    public ValueTest[] Tests => condition.Tests;

    public bool MayBeAbsent => condition.MayBeAbsent;

    public MatchCost Cost => condition.Cost;

    public bool Matches(in JsonLeaf leaf) => condition.Matches(leaf);
}

/// <summary>A pattern in an index; whoever adds it says by its own type what it stands for.</summary>
internal class PatternEntry
{
    public IReadOnlyList<Clause> Clauses { get; set; } = [];
}
