namespace EventTriggers.Triggers.Conditions;

/// <summary>A value that passes none of some tests; also one of another kind.</summary>
internal sealed class AnythingButTest(ValueTest[] not) : ValueTest
{
    private readonly AnyOf _not = new(not);

    public override MatchCost Cost => _not.Cost;

    public override bool Matches(in JsonLeaf leaf) => !_not.Matches(leaf);
}
