namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a string that ends with a suffix, ignoring case.</summary>
internal sealed class SuffixIgnoreCaseTest(string suffix) : ValueTest
{
    public override MatchCost Cost => new(4 + (suffix.Length / 2), 2);

    public override bool Matches(in JsonLeaf leaf) =>
        leaf.IsText && leaf.As16(suffix, static (suffix, found) => found.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
}
