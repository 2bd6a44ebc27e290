namespace EventTriggers.Triggers.Conditions;

/// <summary>The constraint of a clause on one field, with the path at which the field stands.</summary>
internal sealed class FieldTest(FieldPath path, FieldConstraint condition)
{
    public FieldPath Path => path;

    public ValueTest[] Tests => condition.Tests;

    public bool MayBeAbsent => condition.MayBeAbsent;

    public MatchCost Cost => condition.Cost;

    public bool Matches(in JsonLeaf leaf) => condition.Matches(leaf);
}
