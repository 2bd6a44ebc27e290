namespace EventTriggers.Triggers.Conditions;

/// <summary>A string that ends in some way, whatever the case of its letters.</summary>
internal sealed class SuffixIgnoreCaseTest(string suffix) : ValueTest
{
    public override MatchCost Cost => new(4 + (suffix.Length / 2), 2);

    public override bool Matches(in JsonLeaf leaf) =>
        leaf.IsText && leaf.As16(suffix, static (suffix, found) => found.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
}
