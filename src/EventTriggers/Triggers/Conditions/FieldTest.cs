namespace EventTriggers.Triggers.Conditions;

/// <summary>What a clause asks of one field: that one of its values passes one of some tests.</summary>
internal sealed class FieldTest(FieldPath path, FieldConstraint condition)
{
    public FieldPath Path => path;

    public ValueTest[] Tests => condition.Tests;

    public bool MayBeAbsent => condition.MayBeAbsent;

    public MatchCost Cost => condition.Cost;

    public bool Matches(in JsonLeaf leaf) => condition.Matches(leaf);
}
