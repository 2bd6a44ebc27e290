namespace EventTriggers.Triggers.Conditions;

/// <summary>A string that begins in some way, whatever the case of its letters.</summary>
internal sealed class PrefixIgnoreCaseTest(string prefix) : ValueTest
{
    public override MatchCost Cost => new(4 + (prefix.Length / 2), 2);

    public override bool Matches(in JsonLeaf leaf) =>
        leaf.IsText && leaf.As16(prefix, static (prefix, found) => found.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
