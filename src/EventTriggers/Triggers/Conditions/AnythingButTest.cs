namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a value that fails all of the given tests, even if the value is of another kind.</summary>
internal sealed class AnythingButTest(ValueTest[] not) : ValueTest
{
    private readonly AnyOf _not = new(not);

    public override MatchCost Cost => _not.Cost;

    public override bool Matches(in JsonLeaf leaf) => !_not.Matches(leaf);
}
